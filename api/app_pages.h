// api/app_pages.h: the pages that npm builds (api/web/app), from within the executable.
//
// Each is one HTML file and what it names under /app/, whose names carry a hash of what is in them:
// a browser keeps those for good, and asks for the page itself each time. Everything was compressed
// when it was built.
#pragma once

#include <httplib.h>

#include <string_view>

namespace linli::api {

/// Does this path belong to a page that everybody may open, or to what such pages are made of? They
/// hold nothing but programs: what they show comes from the API, or from a phone's own store.
[[nodiscard]] bool is_open_page(std::string_view path);

/// The office's desk, at another address than its own.
void send_desk(const httplib::Request& request, httplib::Response& response);

/// Adds the pages' addresses, and /app/.
void add_app_routes(httplib::Server& server);

}  // namespace linli::api
