// api/cors.h: pages of the city's phones that came from another node (Fetch, "CORS protocol";
// https://fetch.spec.whatwg.org/#http-cors-protocol).
//
// A phone's page comes from one node, say the hub, and hands over what it wrote to any: the office
// over Wi-Fi. The routes for nodes prove who calls by signatures, and know no cookies, so that a
// page can do no more there than any program that reaches them: they are open to pages from
// everywhere, never with credentials. All other routes stay closed to pages from elsewhere
// (door.h).
#pragma once

#include <httplib.h>

namespace linli::api {

/// Says who may read the answer, if a page from elsewhere asks. True: it was only asked whether it
/// may (OPTIONS), which is answered.
[[nodiscard]] bool answers_pages_from_elsewhere(const httplib::Request& request,
                                                httplib::Response& response);

}  // namespace linli::api
