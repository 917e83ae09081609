// The pages, from within the executable.
#include "api/app_pages.h"
#include "api/context.h"
#include "api/problem.h"
#include "web_files.h"

namespace linli::api {
namespace {

const char* content_type(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

// Nothing from elsewhere, nothing inline: a peer's text can never become a script.
constexpr const char* kPolicy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'";
/// Of the page that checks proofs: it can't even ask the node that served it.
constexpr const char* kProofPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

void send_file(const httplib::Request& request, httplib::Response& response, std::string_view name,
               const char* policy = kPolicy) {
  for (const auto& file : embedded::web_files()) {
    if (file.name != name) continue;
    const auto tag = '"' + crypto::to_hex(crypto::hash({file.bytes}).view().substr(0, 8)) + '"';
    response.set_header("ETag", tag);
    response.set_header("Cache-Control", "no-cache");
    response.set_header("Content-Security-Policy", policy);
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Referrer-Policy", "no-referrer");
    if (request.get_header_value("If-None-Match") == tag) {
      response.status = 304;
      return;
    }
    response.set_content(file.bytes.data(), file.bytes.size(), content_type(name));
    return;
  }
  refuse(request, response, {Errc::not_found, "no such page", {}});
}

}  // namespace

void add_page_routes(httplib::Server& server, Context& context) {
  server.Get("/", [&context](const httplib::Request& q, httplib::Response& s) {
    if (context.replica.identity().role == crypto::Role::hub) return s.set_redirect("/bureau");
    send_desk(q, s);
  });
  server.Get("/proof", [](const httplib::Request& q, httplib::Response& s) {
    send_file(q, s, "proof.html", kProofPolicy);
  });
  // What types and fields are called, as a part of the page: it asks nobody.
  server.Get("/assets/proof-schema.js", [](const httplib::Request&, httplib::Response& s) {
    static const auto text =
        "export const schema = " + model::schema_to_json(model::schema()).dump() + ";\n";
    s.set_header("Cache-Control", "no-cache");
    s.set_header("X-Content-Type-Options", "nosniff");
    s.set_content(text, "text/javascript; charset=utf-8");
  });
  server.Get("/login", [](const httplib::Request& q, httplib::Response& s) {
    send_file(q, s, "login.html");
  });
  // Where people are used to finding them: pages of the desk.
  for (const auto& [path, page] :
       {std::pair{"/setup", "/office"}, std::pair{"/account", "/office#/account"},
        std::pair{"/audit", "/office#/audit"}}) {
    server.Get(path, [page = std::string(page)](const httplib::Request&, httplib::Response& s) {
      s.set_redirect(page);
    });
  }
  server.Get(R"(/assets/([a-z0-9_.-]+))", [](const httplib::Request& q, httplib::Response& s) {
    send_file(q, s, q.matches[1].str());
  });
}

}  // namespace linli::api
