#include "api/pace.h"

#include <algorithm>
#include <cmath>

namespace linli::api {
namespace {

constexpr std::size_t kAskersMax = 10'000;

}  // namespace

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
