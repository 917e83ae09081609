#include "api/codings.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace linli::api {
namespace {

// Where the request's own headers stand meanwhile.
constexpr const char* kAccepted = "Linli-Accept-Encoding";
constexpr const char* kCoded = "Linli-Content-Encoding";

constexpr int kZstdLevel = 3, kGzipLevel = 6;
constexpr int kGzipWindow = 15 + 16;  ///< zlib: the largest window, gzip's wrapping.
/// 8 MiB: no body that we take needs more (RFC 9659 asks this of senders).
constexpr int kZstdWindowLogMax = 23;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

/// Thousandths, 0 … 1000; what can't be read counts as not wanted.
int quality(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const auto one = lower(trimmed(parameters.substr(0, end)));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (!one.starts_with("q=")) continue;
    char* stop = nullptr;
    const double q = std::strtod(one.c_str() + 2, &stop);
    if (*stop != '\0' || !(q >= 0 && q <= 1)) return 0;
    return static_cast<int>(q * 1000);
  }
  return 1000;
}

void move_header(httplib::Request& request, const char* from, const char* to) {
  std::string all;
  for (std::size_t i = 0; i < request.get_header_value_count(from); ++i) {
    all += (i ? ", " : "") + request.get_header_value(from, i);
  }
  request.headers.erase(from);
  request.headers.erase(to);  // Nobody else says it.
  if (!all.empty()) request.headers.emplace(to, all);
}

bool is_worth_coding(const httplib::Response& response) {
  const auto type = response.get_header_value("Content-Type");
  return type.starts_with("text/") || type.starts_with("application/json") ||
         type.starts_with("application/problem+json") || type.starts_with("application/x-ndjson") ||
         type.starts_with("image/svg+xml");
}

std::string gzip(std::string_view plain) {
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  ensure(ended == Z_STREAM_END, "deflateBound holds");
  return out;
}

Error too_large(std::size_t most) {
  return {Errc::too_large,
          "解码后超过 " + std::to_string(most >> 20) + " MiB decoded it is larger than that",
          {}};
}
Error broken(std::string_view coding) {
  return {
      Errc::bad_input, "the body isn't what " + std::string(coding) + " says, or is cut off", {}};
}

Result<std::string> gunzip(std::string_view body, std::size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ending(&stream, &inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  std::array<char, 64 << 10> piece{};
  for (int state = Z_OK; state != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    const auto n = piece.size() - stream.avail_out;
    if (state != Z_STREAM_END && (state != Z_OK || (n == 0 && stream.avail_in == 0))) {
      return fail(broken("gzip"));
    }
    if (out.size() + n > most) return fail(too_large(most));
    out.append(piece.data(), n);
  }
  if (stream.avail_in != 0) return fail(broken("gzip"));
  return out;
}

std::string zstd(std::string_view plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  const auto n = ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), kZstdLevel);
  if (ZSTD_isError(n)) throw std::bad_alloc();
  out.resize(n);
  return out;
}

Result<std::string> unzstd(std::string_view body, std::size_t most) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                        &ZSTD_freeDCtx);
  if (!context) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  std::string out;
  std::array<char, 64 << 10> piece{};
  for (std::size_t left = 1; left != 0;) {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(context.get(), &to, &in);
    if (ZSTD_isError(left)) return fail(broken("zstd"));
    if (left != 0 && to.pos == 0 && in.pos == in.size) return fail(broken("zstd"));
    if (out.size() + to.pos > most) return fail(too_large(most));
    out.append(piece.data(), to.pos);
  }
  if (in.pos != in.size) return fail(broken("zstd"));
  return out;
}

constexpr std::array<std::string_view, 3> kKnown{"zstd", "gzip", "br"};
/// The first of them are made here.
constexpr std::size_t kMade = 2;

/// How much each is wanted, in thousandths; 0: it isn't taken (RFC 9110, 12.5.3).
std::array<int, kKnown.size()> wanted_codings(std::string_view accept_encoding) {
  std::array<int, kKnown.size()> wanted{-1, -1, -1};  // -1: not spoken of.
  int others = 0;
  while (!accept_encoding.empty()) {
    const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
    const auto one = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const auto parameters = std::min(one.find(';'), one.size());
    auto name = lower(trimmed(one.substr(0, parameters)));
    if (name == "x-gzip") name = "gzip";
    const int q = quality(one.substr(std::min(parameters + 1, one.size())));
    if (name == "*") others = q;
    for (std::size_t i = 0; i < kKnown.size(); ++i) {
      if (name == kKnown[i]) wanted[i] = q;
    }
  }
  for (auto& one : wanted) {
    if (one < 0) one = others;
  }
  return wanted;
}

}  // namespace

std::string_view coding_for(std::string_view accept_encoding) {
  const auto wanted = wanted_codings(accept_encoding);
  const auto best = std::max_element(wanted.begin(), wanted.begin() + kMade);
  return *best > 0 ? kKnown[static_cast<std::size_t>(best - wanted.begin())] : std::string_view();
}

int wish_for(const httplib::Request& request, std::string_view coding) {
  const auto all = wanted_codings(request.get_header_value(kAccepted));
  const auto found = std::find(kKnown.begin(), kKnown.end(), coding);
  return found == kKnown.end() ? 0 : all[static_cast<std::size_t>(found - kKnown.begin())];
}

void take_codings(httplib::Request& request) {
  move_header(request, "Accept-Encoding", kAccepted);
  move_header(request, "Content-Encoding", kCoded);
}

bool is_coded(const httplib::Request& request) {
  const auto coding = lower(request.get_header_value(kCoded));
  return !coding.empty() && coding != "identity";
}

Result<std::string> plain_body(const httplib::Request& request) {
  if (!is_coded(request)) return request.body;
  return decoded(lower(request.get_header_value(kCoded)), request.body, kDecodedBytesMax);
}

std::string encoded(std::string_view coding, std::string_view plain) {
  return coding == "zstd" ? zstd(plain) : gzip(plain);
}

Result<std::string> decoded(std::string_view coding, std::string_view body, std::size_t most) {
  if (coding == "gzip" || coding == "x-gzip") return gunzip(body, most);
  if (coding == "zstd") return unzstd(body, most);
  return fail(Errc::bad_usage, "Content-Encoding is gzip or zstd, or none");
}

void code_answer(const httplib::Request& request, httplib::Response& response) {
  if (response.status == 304) response.set_header("Vary", "Accept-Encoding");
  if (response.body.empty() || response.status == 206 || response.has_header("Content-Encoding") ||
      !is_worth_coding(response)) {
    return;
  }
  response.set_header("Vary", "Accept-Encoding");
  if (response.body.size() < kCodedFrom) return;
  const auto coding = coding_for(request.get_header_value(kAccepted));
  if (coding.empty()) return;
  auto body = encoded(coding, response.body);
  if (body.size() >= response.body.size()) return;
  response.body = std::move(body);
  response.set_header("Content-Encoding", std::string(coding));
  response.headers.erase("Content-Length");  // It is a multimap.
  response.set_header("Content-Length", std::to_string(response.body.size()));
}

}  // namespace linli::api
