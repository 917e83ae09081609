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

// Nothing from elsewhere, and nothing inline but what policy_of lets through.
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

/// What the build made of a file; a packed form is empty where it would be no smaller.
struct Part {
  std::string_view plain, gzip, brotli;
  std::string tag;
};

const std::map<std::string_view, Part>& parts() {
  static const auto all = [] {
    std::map<std::string_view, Part> found;
    for (const auto& [name, bytes] : embedded::app_files()) {
      const auto dot = name.rfind('.');
      const auto ending = dot == std::string_view::npos ? std::string_view() : name.substr(dot);
      if (ending == ".gz") {
        found[name.substr(0, dot)].gzip = bytes;
      } else if (ending == ".br") {
        found[name.substr(0, dot)].brotli = bytes;
      } else {
        found[name].plain = bytes;
        found[name].tag = crypto::to_hex(crypto::hash({bytes}).view().substr(0, 8));
      }
    }
    return found;
  }();
  return all;
}

/// As it is sent to who takes these codings.
struct Form {
  std::string_view bytes;
  const char* coding;  ///< "": as it is.
};
Form form_for(const httplib::Request& request, const Part& part) {
  const int gzip = part.gzip.empty() ? 0 : wish_for(request, "gzip");
  const int brotli = part.brotli.empty() ? 0 : wish_for(request, "br");
  if (brotli > 0 && brotli >= gzip) return {part.brotli, "br"};
  if (gzip > 0) return {part.gzip, "gzip"};
  return {part.plain, ""};
}

/// What stands within a page itself is let through by its hash, and nothing else
/// (tools/finish.mjs).
std::string policy_of(std::string_view file, const char* policy) {
  const auto found = parts().find(std::string(file) + ".policy");
  if (found == parts().end()) return policy;
  return std::string(policy) + "; " + std::string(found->second.plain);
}

/// Vite's names end with a hash of the content: `phone-Dv8ytCy8.css`.
bool is_named_by_content(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot != std::string_view::npos && dot > 9 && name[dot - 9] == '-' &&
         (name.ends_with(".js") || name.ends_with(".css"));
}

void send(const httplib::Request& request, httplib::Response& response, std::string_view name,
          const std::string& policy, bool for_good) {
  const auto found = parts().find(name);
  if (found == parts().end())
    return refuse(request, response, {Errc::not_found, "no such page", {}});
  const auto& part = found->second;
  const auto form = form_for(request, part);
  const auto tag = '"' + part.tag + (*form.coding ? std::string("-") + form.coding : "") + '"';
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
  if (*form.coding) response.set_header("Content-Encoding", form.coding);
  // Not as a body: what isn't packed here isn't worth it.
  response.set_content_provider(
      form.bytes.size(), content_type(name),
      [bytes = form.bytes](std::size_t from, std::size_t count, httplib::DataSink& sink) {
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
               [file = face.file, policy = policy_of(face.file, face.policy)](
                   const auto& q, auto& s) { send(q, s, file, policy, false); });
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
