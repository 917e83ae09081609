#include "tests/e2e/wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOwnNamespace = "/proc/thread-self/ns/net";
constexpr std::size_t kPacketMax = 2048;  ///< A device's packets have 1,500 bytes.

/// Closes itself.
struct Handle {
  explicit Handle(int handle) : fd(handle) {}
  ~Handle() {
    if (fd >= 0) ::close(fd);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  int fd;
};

ifreq named(const char* device) {
  ifreq request{};
  std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  return request;
}

void set_address(int socket, unsigned long what, ifreq request, const char* address) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  REQUIRE(::inet_pton(AF_INET, address, &in.sin_addr) == 1);
  std::memcpy(&request.ifr_addr, &in, sizeof in);
  REQUIRE(::ioctl(socket, what, &request) == 0);
}

void bring_up(int socket, ifreq request) {
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  REQUIRE(::ioctl(socket, SIOCSIFFLAGS, &request) == 0);
}

int open_tun(const char* name) {
  const int device = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (device < 0) return -1;
  auto request = named(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(device, TUNSETIFF, &request) == 0) return device;
  ::close(device);
  return -1;
}

/// A device in the calling thread's namespace that leads to `peer`: what is sent there is read from
/// the answer, what is written to the answer arrives here.
int make_device(const char* own, const char* peer) {
  const int device = open_tun("wire");
  REQUIRE(device >= 0);
  const Handle socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  set_address(socket.fd, SIOCSIFADDR, named("wire"), own);
  set_address(socket.fd, SIOCSIFDSTADDR, named("wire"), peer);
  set_address(socket.fd, SIOCSIFNETMASK, named("wire"), "255.255.255.252");
  bring_up(socket.fd, named("wire"));
  return device;
}

// ---- Packets: IPv4 with TCP, big endian ---------------------------------------------------------

constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16, kTcp = 6;

std::uint32_t number(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

void put(std::string& bytes, std::size_t at, std::size_t size, std::uint32_t value) {
  for (std::size_t i = size; i-- > 0; value >>= 8) bytes[at + i] = static_cast<char>(value);
}

std::size_t ip_header(const std::string& packet) { return (number(packet, 0, 1) & 15) * 4; }

bool is_tcp(const std::string& packet) {
  return packet.size() >= 40 && number(packet, 0, 1) >> 4 == 4 && number(packet, 9, 1) == kTcp &&
         packet.size() >= ip_header(packet) + 20;
}

std::uint16_t checksum(const std::string& bytes, std::size_t from, std::size_t size,
                       std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < size; i += 2) sum += number(bytes, from + i, 2);
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

/// What a host says that doesn't know the connection `packet` belongs to.
std::string reset_of(const std::string& packet) {
  const auto tcp = ip_header(packet);
  const auto flags = number(packet, tcp + 13, 1);
  const auto data = packet.size() - tcp - (number(packet, tcp + 12, 1) >> 4) * 4;
  std::string reset(40, '\0');
  put(reset, 0, 1, 0x45);
  put(reset, 2, 2, 40);
  put(reset, 8, 1, 64);
  put(reset, 9, 1, kTcp);
  put(reset, 12, 4, number(packet, 16, 4));
  put(reset, 16, 4, number(packet, 12, 4));
  put(reset, 10, 2, checksum(reset, 0, 20));
  put(reset, 20, 2, number(packet, tcp + 2, 2));
  put(reset, 22, 2, number(packet, tcp, 2));
  const auto end = number(packet, tcp + 4, 4) + static_cast<std::uint32_t>(data) +
                   ((flags & (kSyn | kFin)) != 0);
  put(reset, 24, 4, flags & kAck ? number(packet, tcp + 8, 4) : 0);
  put(reset, 28, 4, end);
  put(reset, 32, 1, 5 << 4);
  put(reset, 33, 1, kRst | kAck);
  const auto pseudo = number(reset, 12, 2) + number(reset, 14, 2) + number(reset, 16, 2) +
                      number(reset, 18, 2) + kTcp + 20;
  put(reset, 36, 2, checksum(reset, 20, 20, pseudo));
  return reset;
}

}  // namespace

// ---- Namespaces ---------------------------------------------------------------------------------

Namespace::Visit::Visit(int there) : back(::open(kOwnNamespace, O_RDONLY | O_CLOEXEC)) {
  REQUIRE(back >= 0);
  REQUIRE(::setns(there, CLONE_NEWNET) == 0);
}

Namespace::Visit::~Visit() {
  if (::setns(back, CLONE_NEWNET) != 0) std::abort();  // Nothing after this would mean anything.
  ::close(back);
}

Namespace::Namespace() {
  const Handle back(::open(kOwnNamespace, O_RDONLY | O_CLOEXEC));
  REQUIRE(::unshare(CLONE_NEWNET) == 0);
  fd_ = ::open(kOwnNamespace, O_RDONLY | O_CLOEXEC);
  REQUIRE(::setns(back.fd, CLONE_NEWNET) == 0);
  inside([] {
    const Handle socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    bring_up(socket.fd, named("lo"));
  });
}

Namespace::~Namespace() { ::close(fd_); }

// ---- The wire -----------------------------------------------------------------------------------

std::optional<std::string> Wire::impossible() {
  std::optional<std::string> why;
  // In a thread of its own: what it does to its namespace ends with it.
  std::thread([&why] {
    if (::unshare(CLONE_NEWNET) != 0) {
      why = std::string("no network namespace can be made: ") + std::strerror(errno);
      return;
    }
    const int device = open_tun("probe");
    if (device < 0) why = std::string("no TUN device can be made: ") + std::strerror(errno);
    if (device >= 0) ::close(device);
  }).join();
  return why;
}

Wire::Wire(std::uint64_t seed) {
  hub_device_ = hub_.inside([] { return make_device(kHub, kOffice); });
  office_device_ = office_.inside([] { return make_device(kOffice, kHub); });
  up_.from = down_.to = office_device_;
  up_.to = down_.from = hub_device_;
  up_.random.seed(seed);
  down_.random.seed(seed + 1);
  thread_ = std::thread([this] { run(); });
}

Wire::~Wire() {
  stopping_ = true;
  thread_.join();
  ::close(hub_device_);
  ::close(office_device_);
}

void Wire::change(const Nature& nature) {
  const std::lock_guard lock(guard_);
  nature_ = nature;
  next_cut_ = Clock::now() + nature.cut_every;
}

void Wire::cut() {
  const std::lock_guard lock(guard_);
  cut_now();
}

void Wire::cut_now() {
  ++figures_.cuts;
  calls_.clear();
  for (auto* way : {&up_, &down_}) {
    way->under_way.clear();
    way->free = Clock::now();
  }
}

Wire::Figures Wire::figures() const {
  const std::lock_guard lock(guard_);
  return figures_;
}

/// Is it of a connection that began since the last cut?
bool Wire::belongs(const std::string& packet, bool upwards) {
  if (!is_tcp(packet)) return true;
  const auto tcp = ip_header(packet);
  auto ports = std::pair(static_cast<std::uint16_t>(number(packet, tcp, 2)),
                         static_cast<std::uint16_t>(number(packet, tcp + 2, 2)));
  if (!upwards) std::swap(ports.first, ports.second);
  const auto flags = number(packet, tcp + 13, 1);
  if (upwards && (flags & kSyn) && !(flags & kAck)) calls_.insert(ports);
  return calls_.contains(ports);
}

void Wire::carry(Direction& way, const Way& nature, std::string packet, bool upwards) {
  const auto now = Clock::now();
  const auto size = static_cast<std::int64_t>(packet.size());
  figures_.bytes += size;
  ++figures_.packets;
  // Drawn for each packet, whatever else becomes of it: the same packets have the same luck.
  const bool unlucky = std::uniform_real_distribution<double>(0, 1)(way.random) < nature.loss;
  const bool known = belongs(packet, upwards);
  if (!known && nature_.resets && !(number(packet, ip_header(packet) + 13, 1) & kRst)) {
    const auto reset = reset_of(packet);
    (void)!::write(way.from, reset.data(), reset.size());
  }
  way.free = std::max(way.free, now);
  const auto wait = std::chrono::duration<double>(way.free - now).count();
  const bool full = wait * static_cast<double>(nature.rate) > static_cast<double>(kQueueBytes);
  if (!known || unlucky || full || nature.dead) {
    ++figures_.lost;
    return;
  }
  if (nature.rate > 0) way.free += std::chrono::microseconds(size * 1'000'000 / nature.rate);
  way.under_way.push_back({way.free + nature.delay, std::move(packet)});
}

void Wire::deliver(Direction& way) {
  while (!way.under_way.empty() && way.under_way.front().due <= Clock::now()) {
    const auto& bytes = way.under_way.front().bytes;
    (void)!::write(way.to, bytes.data(), bytes.size());  // A device that is full loses it.
    way.under_way.pop_front();
  }
}

void Wire::run() {
  std::array<char, kPacketMax> buffer{};
  while (!stopping_) {
    auto patience = Clock::duration(50ms);
    {
      const std::lock_guard lock(guard_);
      for (const auto* way : {&up_, &down_}) {
        if (way->under_way.empty()) continue;
        patience = std::min(patience, way->under_way.front().due - Clock::now());
      }
    }
    const auto ns = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::nanoseconds>(patience).count());
    const timespec wait{0, ns};
    std::array<pollfd, 2> ready{{{office_device_, POLLIN, 0}, {hub_device_, POLLIN, 0}}};
    ::ppoll(ready.data(), ready.size(), &wait, nullptr);
    const std::lock_guard lock(guard_);
    if (nature_.cut_every > 0ms && Clock::now() >= next_cut_) {
      next_cut_ += nature_.cut_every;
      cut_now();
    }
    for (const bool upwards : {true, false}) {
      auto& way = upwards ? up_ : down_;
      for (ssize_t n; (n = ::read(way.from, buffer.data(), buffer.size())) > 0;) {
        carry(way, upwards ? nature_.up : nature_.down,
              std::string(buffer.data(), static_cast<std::size_t>(n)), upwards);
      }
      deliver(way);
    }
  }
}

}  // namespace linli::e2e
