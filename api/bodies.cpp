#include "api/bodies.h"

#include "api/problem.h"

namespace linli::api {

bool drain(const httplib::Request& request, const httplib::ContentReader& body,
           std::uint64_t limit) {
  std::uint64_t read = 0;
  const auto some = [&](const char*, std::size_t n) { return (read += n) <= limit; };
  if (request.is_multipart_form_data()) {
    return body([](const httplib::MultipartFormData&) { return true; }, some);
  }
  return body(some);
}

void last_words(httplib::Response& response, std::string text, const char* type, int status) {
  response.status = status;
  const auto size = text.size();
  response.set_content_provider(
      size, type, [text = std::move(text)](std::size_t at, std::size_t n, httplib::DataSink& sink) {
        sink.write(text.data() + at, n);
        return false;
      });
}

void refuse_body(const httplib::Request& request, httplib::Response& response,
                 const httplib::ContentReader& body, const Error& error, std::uint64_t limit) {
  const bool ended = drain(request, body, limit);
  response.body.clear();
  refuse(request, response, error);
  if (!ended)
    last_words(response, std::move(response.body), "application/problem+json", response.status);
}

bool is_unsized(const httplib::Request& request) {
  auto coding = request.get_header_value("Transfer-Encoding");
  for (auto& c : coding) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return coding.find("chunked") != std::string::npos;
}

}  // namespace linli::api
