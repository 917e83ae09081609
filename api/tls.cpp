// Certificates for browsers: nodes below ask for theirs, and people fetch what makes theirs
// trusted.
#include "api/context.h"
#include "api/problem.h"
#include "node/tls_certificates.h"
#include "node/tls_profile.h"

namespace linli::api {
namespace {

constexpr const char* kWireType = "application/vnd.linli+cbor";

/// The hub answers; who stands between passes it on.
void certify(Context& context, const httplib::Request& request, httplib::Response& response) {
  if (request.body.size() > node::kTlsLetterBytesMax) {
    return refuse(request, response, {Errc::too_large, "申请不应这么大 a request is small", {}});
  }
  auto& replica = context.replica;
  auto said = node::issue_certificate(replica, request.body);
  if (!said && said.error().code == Errc::not_found && context.agent) {
    said = node::ask_certificate_above(replica, context.agent->state().url, request.body);
  }
  if (!said) return refuse(request, response, said.error());
  response.set_content(std::move(*said), kWireType);
}

/// One of the files by which a phone learns to trust the city's certificates.
void trust(Context& context, const httplib::Request& request, httplib::Response& response) {
  const auto kit = node::trust_kit(context.replica.dir());
  if (!kit) return refuse(request, response, kit.error());
  response.set_header("Cache-Control", "no-cache");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Content-Security-Policy",
                      "default-src 'none'; style-src 'self'; frame-ancestors 'none'");
  if (request.path.ends_with("/linli-ca.crt")) {
    response.set_header("Content-Disposition", "attachment; filename=\"linli-ca.crt\"");
    return response.set_content(kit->der, "application/x-x509-ca-cert");
  }
  if (request.path.ends_with("/linli.mobileconfig")) {
    return response.set_content(kit->profile, "application/x-apple-aspen-config");
  }
  response.set_content(kit->page, "text/html; charset=utf-8");
}

}  // namespace

void add_tls_routes(httplib::Server& server, Context& context) {
  server.Post("/api/v1/sync/tls", [&context](const httplib::Request& q, httplib::Response& s) {
    certify(context, q, s);
  });
  server.Get("/trust", [](const httplib::Request&, httplib::Response& s) {
    s.set_redirect("/trust/");  // So that the files beside it are found.
  });
  for (const auto* path : {"/trust/", "/trust/linli-ca.crt", "/trust/linli.mobileconfig"}) {
    server.Get(path, [&context](const httplib::Request& q, httplib::Response& s) {
      trust(context, q, s);
    });
  }
}

}  // namespace linli::api
