// api/careful_stream.h: a caller's bytes on their way to the HTTP library, which would read a head
// without an end, and take what is left of a body for the next request.
#pragma once

#include <httplib.h>

#include <array>
#include <string>

#include "api/places.h"

namespace linli::api {

/// More than any request of ours has: its head is refused beyond.
inline constexpr std::size_t kHeadBytesMax = 32u << 10;

/// Around another stream, for one connection.
class CarefulStream final : public httplib::Stream {
 public:
  CarefulStream(httplib::Stream& below, Places::Place& place) : below_(below), place_(place) {}

  void begin();  ///< Another request follows.
  /// Have bytes of the next request come already?
  [[nodiscard]] bool pending() const { return at_ < end_; }
  /// May another request follow? Not if this one's end can't be told for sure, or wasn't reached:
  /// whoever wrote its body would write the next request.
  [[nodiscard]] bool ended_well() const;

  [[nodiscard]] bool is_readable() const override { return pending() || below_.is_readable(); }
  [[nodiscard]] bool is_writable() const override { return below_.is_writable(); }
  ssize_t read(char* into, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    below_.get_remote_ip_and_port(ip, port);
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    below_.get_local_ip_and_port(ip, port);
  }
  [[nodiscard]] socket_t socket() const override { return below_.socket(); }

 private:
  ssize_t take(char* into, std::size_t size);
  void note_head(std::string_view bytes);
  void read_head();

  httplib::Stream& below_;
  Places::Place& place_;
  std::array<char, 4096> buffer_{};  ///< The library reads heads byte by byte.
  std::size_t at_ = 0, end_ = 0;
  std::string head_;  ///< As far as it was read.
  bool in_head_ = true;
  bool unclear_ = false;  ///< Where the request ends.
  bool chunked_ = false;
  std::uint64_t body_left_ = 0;
  bool body_begun_ = false;
};

}  // namespace linli::api
