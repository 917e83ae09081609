#include "api/page_qr.h"

#include <string>

#include "api/problem.h"
#include "api/qr.h"

namespace linli::api {
namespace {

constexpr std::size_t kPageBytesMax = 300;  ///< More modules than that don't survive a photocopy.

void send_qr(const httplib::Request& request, httplib::Response& response) {
  const auto page = request.get_param_value("page");
  if (!is_board_address(page, request.get_header_value("Host"))) {
    return refuse(request, response, {Errc::bad_value, "not a page of this notice board", "page"});
  }
  const auto picture = qr_svg(page);
  if (!picture) return refuse(request, response, picture.error());
  response.set_header("Cache-Control", "public, max-age=86400");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_content(*picture, "image/svg+xml");
}

}  // namespace

bool is_board_address(std::string_view page, std::string_view host) {
  if (host.empty() || page.size() > kPageBytesMax) return false;
  for (const char c : page) {
    if (c <= ' ' || c > '~') return false;  // As a browser writes addresses.
  }
  for (const std::string_view scheme : {"https://", "http://"}) {
    const auto board = std::string(scheme) + std::string(host) + "/public";
    if (page == board || page.starts_with(board + "?")) return true;
  }
  return false;
}

void add_page_qr_route(httplib::Server& server) { server.Get(std::string(kPageQrPath), send_qr); }

}  // namespace linli::api
