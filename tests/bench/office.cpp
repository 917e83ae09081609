#include "office.h"

#include "node/enrolment.h"
#include "node/snapshots.h"

namespace linli::bench {

Below::Below(const std::filesystem::path& folder, std::size_t records, std::size_t changes,
             bool snapshot)
    : folder_(folder), source_(Mix::inspections, 1, records) {
  City city(folder);
  writer_.emplace(city.hub(), kCommunity);
  city.fill(source_, *writer_, records, changes);
  if (snapshot) (void)must(node::make_snapshots(city.hub(), {}, 1), "making snapshots");
  for (const auto* name : {"office", "another office"}) {
    const auto invite = must(node::invite(city.hub(), {crypto::Role::office, kCommunity, name, "",
                                                       std::chrono::hours(1)}),
                             "inviting an office");
    invites_.push_back(invite.line());
  }
  city.close_hub();
  hub_ = std::make_unique<Served>(city.hub_folder());
  wire_ = std::make_unique<Wire>(hub_->port());
}

std::filesystem::path Below::office(std::size_t which) const {
  return folder_ / ("office" + std::to_string(which));
}

Ran Below::join(std::size_t which) {
  return run({"join", "--data", office(which).string(), invites_[which], "--hub", wire_->url()});
}

std::vector<sync::Object> Below::more(std::size_t sets) {
  std::vector<sync::Object> objects;
  for (std::size_t i = 0; i < sets; ++i) objects.push_back(writer_->sign(source_.next(1)));
  return objects;
}

}  // namespace linli::bench
