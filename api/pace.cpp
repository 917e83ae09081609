#include "api/pace.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace linli::api {
namespace {

constexpr std::size_t kAskersMax = 10'000;

}  // namespace

std::string network_of(const std::string& address) {
  in6_addr whole{};
  if (::inet_pton(AF_INET6, address.c_str(), &whole) != 1 || IN6_IS_ADDR_V4MAPPED(&whole)) {
    return address;
  }
  std::fill(std::begin(whole.s6_addr) + 8, std::end(whole.s6_addr), std::uint8_t{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &whole, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

double Pace::filled(const Bucket& bucket, Clock::time_point now) const {
  const std::chrono::duration<double> passed = now - bucket.at;
  return std::min(allowance_.burst, bucket.left + passed.count() * allowance_.a_second);
}

void Pace::forget(Clock::time_point now) {
  if (buckets_.size() < kAskersMax) return;
  std::erase_if(buckets_,
                [&](const auto& known) { return filled(known.second, now) >= allowance_.burst; });
  // All of them are busy: a flood from many addresses. Each begins anew, which a gate in front of
  // the disk still bounds.
  if (buckets_.size() >= kAskersMax) buckets_.clear();
}

std::chrono::seconds Pace::wait(const std::string& who, Clock::time_point now) {
  const std::lock_guard lock(guard_);
  if (!buckets_.contains(who)) forget(now);
  auto& bucket = buckets_.try_emplace(who, Bucket{allowance_.burst, now}).first->second;
  bucket.left = filled(bucket, now);
  bucket.at = now;
  if (bucket.left >= 1) {
    bucket.left -= 1;
    return std::chrono::seconds(0);
  }
  const auto seconds = std::ceil((1 - bucket.left) / allowance_.a_second);
  return std::chrono::seconds(std::max<long>(1, static_cast<long>(seconds)));
}

}  // namespace linli::api
