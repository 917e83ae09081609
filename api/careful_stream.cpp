#include "api/careful_stream.h"

#include <algorithm>
#include <charconv>

namespace linli::api {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// How a TLS handshake begins, and no request. Without an end of line, it would be waited for.
constexpr char kTlsHandshake = '\x16';
constexpr std::string_view kSpeakHttp =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

}  // namespace

void CarefulStream::begin() {
  place_.begin();
  head_.clear();
  in_head_ = true;
  unclear_ = chunked_ = body_begun_ = false;
  body_left_ = 0;
}

bool CarefulStream::ended_well() const {
  if (in_head_ || unclear_) return false;
  return chunked_ ? body_begun_ : body_left_ == 0;
}

ssize_t CarefulStream::read(char* into, std::size_t size) {
  if (in_head_ && head_.size() >= kHeadBytesMax) {
    unclear_ = true;
    return -1;
  }
  const auto n = take(into, size);
  if (n <= 0) return n;
  const auto got = static_cast<std::size_t>(n);
  if (in_head_ && head_.empty() && *into == kTlsHandshake) {
    (void)write(kSpeakHttp.data(), kSpeakHttp.size());
    unclear_ = true;
    return -1;
  }
  if (in_head_) {
    note_head({into, got});
  } else {
    place_.came(got);
    body_begun_ = true;
    body_left_ -= std::min<std::uint64_t>(body_left_, got);
  }
  return n;
}

ssize_t CarefulStream::take(char* into, std::size_t size) {
  if (!pending()) {
    const Places::Place::Wait wait(place_);
    if (size >= buffer_.size()) return below_.read(into, size);
    const auto n = below_.read(buffer_.data(), buffer_.size());
    if (n <= 0) return n;
    at_ = 0;
    end_ = static_cast<std::size_t>(n);
  }
  const auto some = std::min(size, end_ - at_);
  std::copy_n(buffer_.data() + at_, some, into);
  at_ += some;
  return static_cast<ssize_t>(some);
}

ssize_t CarefulStream::write(const char* from, std::size_t size) {
  const Places::Place::Wait wait(place_);
  return below_.write(from, size);
}

/// The library reads a head byte by byte, and nothing of the body with it.
void CarefulStream::note_head(std::string_view bytes) {
  head_ += bytes;
  if (head_.size() < kHeadEnd.size() || !head_.ends_with(kHeadEnd)) return;
  in_head_ = false;
  read_head();
}

/// How long is what follows?
void CarefulStream::read_head() {
  bool has_length = false;
  for (std::size_t at = head_.find("\r\n"); at + 4 < head_.size();) {
    const auto end = head_.find("\r\n", at + 2);
    const auto line = std::string_view(head_).substr(at + 2, end - at - 2);
    at = end;
    const auto colon = std::min(line.find(':'), line.size());
    const auto name = lower(line.substr(0, colon));
    const auto value = trimmed(line.substr(std::min(colon + 1, line.size())));
    if (name == "transfer-encoding") {
      chunked_ = true;
      unclear_ = unclear_ || has_length || lower(value) != "chunked";
    } else if (name == "content-length") {
      const auto* last = value.data() + value.size();
      const auto read = std::from_chars(value.data(), last, body_left_);
      unclear_ = unclear_ || has_length || chunked_ || read.ec != std::errc{} || read.ptr != last;
      has_length = true;
    }
  }
}

}  // namespace linli::api
