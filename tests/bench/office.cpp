#include "office.h"

#include "node/enrolment.h"
#include "node/snapshots.h"

namespace linli::bench {

Below::Below(const std::filesystem::path& folder, std::size_t records, std::size_t changes,
             bool snapshot)
    : office_(folder / "office") {
  City city(folder);
  Records source(Mix::inspections, 1, records);
  Writer writer(city.hub(), kCommunity);
  city.fill(source, writer, records, changes);
  if (snapshot) (void)must(node::make_snapshots(city.hub(), {}, 1), "making snapshots");
  const auto invite = must(node::invite(city.hub(), {crypto::Role::office, kCommunity, "office", "",
                                                     std::chrono::hours(1)}),
                           "inviting the office");
  city.close_hub();
  hub_ = std::make_unique<Served>(city.hub_folder());
  wire_ = std::make_unique<Wire>(hub_->port());
  invite_ = invite.line();
}

Ran Below::join() {
  return run({"join", "--data", office_.string(), invite_, "--hub", wire_->url()});
}

}  // namespace linli::bench
