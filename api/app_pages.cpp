#include "api/app_pages.h"

#include <map>
#include <string>

#include "api/codings.h"
#include "api/page_qr.h"
#include "api/problem.h"
#include "app_files.h"
#include "crypto/hash.h"

namespace linli::api {
namespace {

// Nothing from elsewhere, nothing inline.
#define LINLI_POLICY \
  "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
/// A phone hands over to whichever node of the city it meets, and shows the photos that it took.
constexpr const char* kPhonePolicy = LINLI_POLICY "; connect-src *; img-src 'self' blob:";

struct Face {
  std::string_view path, file;
  const char* policy;
  bool open;  ///< For everybody, without logging in.
};
constexpr Face kFaces[] = {
    {"/phone", "phone.html", kPhonePolicy, true},
    {"/public", "public.html", LINLI_POLICY, true},
    {"/office", "office.html", LINLI_POLICY, true},
    // The figures aren't: the page itself leads to the login and back, with what was asked for.
    {"/bureau", "bureau.html", LINLI_POLICY, true},
};
/// Must lie where its pages do: a service worker serves what is beneath it.
constexpr std::string_view kPhoneWorker = "/phone-worker.js";
constexpr std::string_view kParts = "/app/";

const char* content_type(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".json")) return "application/json";
  if (name.ends_with(".svg")) return "image/svg+xml";
  if (name.ends_with(".png")) return "image/png";
  if (name.ends_with(".webmanifest")) return "application/manifest+json";
  return "application/octet-stream";
}

struct Part {
  std::string_view plain, gzip;  ///< `gzip` is empty where it would be no smaller.
  std::string tag;
};

const std::map<std::string_view, Part>& parts() {
  static const auto all = [] {
    constexpr std::string_view kGzip = ".gz";
    std::map<std::string_view, Part> found;
    for (const auto& file : embedded::app_files()) {
      const bool packed = file.name.ends_with(kGzip);
      const auto name = file.name.substr(0, file.name.size() - (packed ? kGzip.size() : 0));
      auto& part = found[name];
      (packed ? part.gzip : part.plain) = file.bytes;
      if (!packed) part.tag = crypto::to_hex(crypto::hash({file.bytes}).view().substr(0, 8));
    }
    return found;
  }();
  return all;
}

/// Vite's names end with a hash of the content: `phone-Dv8ytCy8.css`.
bool is_named_by_content(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 9 && name[dot - 9] == '-' &&
         (name.ends_with(".js") || name.ends_with(".css"));
}

void send(const httplib::Request& request, httplib::Response& response, std::string_view name,
          const char* policy, bool for_good) {
  const auto found = parts().find(name);
  if (found == parts().end())
    return refuse(request, response, {Errc::not_found, "no such page", {}});
  const auto& part = found->second;
  const bool packed = !part.gzip.empty() && takes_gzip(request);
  const auto tag = '"' + part.tag + (packed ? "-gz\"" : "\"");
  response.set_header("ETag", tag);
  response.set_header("Vary", "Accept-Encoding");
  response.set_header("Cache-Control",
                      for_good ? "public, max-age=31536000, immutable" : "no-cache");
  response.set_header("Content-Security-Policy", policy);
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "no-referrer");
  if (request.get_header_value("If-None-Match") == tag) {
    response.status = 304;
    return;
  }
  if (packed) response.set_header("Content-Encoding", "gzip");
  // Not as a body: what isn't packed here isn't worth it.
  const auto bytes = packed ? part.gzip : part.plain;
  response.set_content_provider(
      bytes.size(), content_type(name),
      [bytes](std::size_t from, std::size_t count, httplib::DataSink& sink) {
        return sink.write(bytes.data() + from, count);
      });
}

}  // namespace

bool is_open_page(std::string_view path) {
  if (path.starts_with(kParts) || path == kPhoneWorker || path == kPageQrPath) return true;
  for (const auto& face : kFaces) {
    if (face.open && path == face.path) return true;
  }
  return false;
}

void send_desk(const httplib::Request& request, httplib::Response& response) {
  send(request, response, "office.html", LINLI_POLICY, false);
}

void add_app_routes(httplib::Server& server) {
  for (const auto& face : kFaces) {
    server.Get(std::string(face.path),
               [face](const auto& q, auto& s) { send(q, s, face.file, face.policy, false); });
  }
  add_page_qr_route(server);
  server.Get(std::string(kPhoneWorker), [](const auto& q, auto& s) {
    send(q, s, kPhoneWorker.substr(1), kPhonePolicy, false);
  });
  server.Get(R"(/app/([A-Za-z0-9_.-]+))", [](const auto& q, auto& s) {
    const auto name = q.matches[1].str();
    send(q, s, name, LINLI_POLICY, is_named_by_content(name));
  });
}

}  // namespace linli::api
