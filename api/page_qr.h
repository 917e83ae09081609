// api/page_qr.h: a page's own address as a QR code, for the notice board on the wall.
#pragma once

#include <httplib.h>

#include <string_view>

namespace linli::api {

inline constexpr std::string_view kPageQrPath = "/public/qr.svg";

/// May `page` be drawn for who called by `host` (its Host header)? Only addresses of the owner's
/// notice board at this very node: an official sheet must not lead to somebody else's site.
[[nodiscard]] bool is_board_address(std::string_view page, std::string_view host);

/// GET /public/qr.svg?page=ADDRESS: an SVG. Errors: bad_value.
void add_page_qr_route(httplib::Server& server);

}  // namespace linli::api
