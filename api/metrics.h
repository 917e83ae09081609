// api/metrics.h: counters for an operator's monitoring (Prometheus text format).
#pragma once

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <string>

namespace linli::node {
class Replica;
}

namespace linli::api {

/// Thread-safe. Labels never hold personal values, ids or texts from peers.
class Metrics {
 public:
  Metrics();
  void request(int status);
  void exchange(std::size_t bytes_in, std::size_t bytes_out);
  void refused(const std::string& errc);
  /// Everything, with what the store says now.
  [[nodiscard]] std::string text(node::Replica& replica);

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& refusals_;
  prometheus::Counter& exchanges_;
  prometheus::Counter& bytes_in_;
  prometheus::Counter& bytes_out_;
};

}  // namespace linli::api
