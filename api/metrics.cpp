#include "api/metrics.h"

#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

#include "node/renewal.h"
#include "node/store/forks.h"
#include "node/store/reading.h"

namespace linli::api {

Metrics::Metrics()
    : requests_(prometheus::BuildCounter()
                    .Name("linli_http_requests_total")
                    .Help("HTTP requests answered, by status")
                    .Register(registry_)),
      refusals_(prometheus::BuildCounter()
                    .Name("linli_change_sets_refused_total")
                    .Help("Pushed objects that were not simply accepted, by reason")
                    .Register(registry_)),
      exchanges_(prometheus::BuildCounter()
                     .Name("linli_sync_requests_total")
                     .Help("Sync requests answered")
                     .Register(registry_)
                     .Add({})),
      bytes_in_(prometheus::BuildCounter()
                    .Name("linli_sync_received_bytes_total")
                    .Help("Bytes of sync requests, as they came over the wire")
                    .Register(registry_)
                    .Add({})),
      bytes_out_(prometheus::BuildCounter()
                     .Name("linli_sync_sent_bytes_total")
                     .Help("Bytes of sync responses, as they went over the wire")
                     .Register(registry_)
                     .Add({})) {}

void Metrics::request(int status) {
  requests_.Add({{"status", std::to_string(status)}}).Increment();
}

void Metrics::exchange(std::size_t bytes_in, std::size_t bytes_out) {
  exchanges_.Increment();
  bytes_in_.Increment(static_cast<double>(bytes_in));
  bytes_out_.Increment(static_cast<double>(bytes_out));
}

void Metrics::refused(const std::string& errc) { refusals_.Add({{"reason", errc}}).Increment(); }

std::string Metrics::text(node::Replica& replica) {
  prometheus::Registry now;
  const auto gauge = [&](const std::string& name, const std::string& help, double value) {
    prometheus::BuildGauge().Name(name).Help(help).Register(now).Add({}).Set(value);
  };
  const auto waiting = store::waiting(replica.store(), replica.identity().author);
  gauge("linli_log_arrival", "Newest arrival number that is durable",
        static_cast<double>(replica.arrival()));
  gauge("linli_unconfirmed_sets", "Own change sets that the hub hasn't confirmed",
        waiting["sets"].get<double>());
  gauge("linli_held_back_sets", "Received change sets that wait for something before them",
        waiting["held_back"].get<double>());
  gauge("linli_quarantined_sets", "Change sets kept as evidence, with their reason",
        waiting["quarantined"].get<double>());
  const auto end = node::certificate_end(replica);
  gauge("linli_certificate_seconds_left", "Until this node's certificate ends; negative: it has",
        static_cast<double>((end.at - replica.now()) / 1'000'000));
  gauge("linli_forked_feeds", "Feeds in which somebody signed two change sets under one number",
        static_cast<double>(store::known_forks(replica.store())));
  auto families = registry_.Collect();
  for (auto& family : now.Collect()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace linli::api
