// Attachments that travel by stick.
#include "tests/support/photos.h"
#include "tests/support/sticks.h"

namespace linli::test {

TEST_CASE("bundle: photos travel where they are asked for, up and down", "[node][blobs][I6]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& sibling = city.enrol(kOffice, "示例社区分点");
  carry(hub, office);
  put(office, "compound", compound(kFindingCode));
  const auto here = put_photo(office, photo(700'000, 1));
  const auto late = photo(30'000, 2);
  put_finding(office, {here, name_of(late)});
  const auto nobodys = put_photo(office, photo(5'000, 3));

  CHECK(carry(office, hub)["blobs"] == 0);
  const PackOptions with{.since = {}, .all = false, .photos = true};
  const auto up = carry(office, hub, with);
  CHECK(up["blobs"] == 1);
  CHECK(up["blob_bytes"] == 700'000);
  CHECK(up["blobs_accepted"] == 1);
  CHECK(holds(hub, here));
  CHECK(faults(hub).empty());
  carry(hub, office);
  // What came after its record was confirmed goes with the next one; what went, doesn't again.
  CHECK(put_photo(office, late) == name_of(late));
  const auto next = carry(office, hub, with);
  CHECK(next["blobs"] == 1);
  CHECK(next["blobs_accepted"] == 1);
  CHECK(holds(hub, name_of(late)));
  CHECK_FALSE(holds(hub, nobodys));
  // Down, to whoever may read it: for the author that the hub names. Twice is once.
  const auto down = pack(hub, sibling, with);
  CHECK(import(sibling, down)["blobs_accepted"] == 2);
  CHECK(holds(sibling, here));
  const auto again = import(sibling, down);
  CHECK(again["blobs_accepted"] == 0);
  CHECK(again["blobs_known"] == 2);
  const auto report = node::verify_blobs(sibling->store(), sibling.dir);
  REQUIRE(report);
  CHECK(report->faults.empty());
  CHECK(number(sibling, "SELECT count(*) FROM blob_from") == 2);
}

TEST_CASE("bundle: an import cut off within a photo goes on with it, a false one stops nothing",
          "[node][blobs][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  put(office, "compound", compound(kFindingCode));
  const auto large = put_photo(office, photo(3'000'000, 4));
  put_finding(office, {large});
  const auto bytes = pack(office, hub, {.since = {}, .all = false, .photos = true});
  {
    BundleIntake intake(*hub, Mode::take);
    REQUIRE(intake.feed(std::string_view(bytes).substr(0, bytes.size() / 2)).has_value());
  }
  hub.close();
  hub.open();
  CHECK_FALSE(holds(hub, large));
  CHECK(hub->blobs().state(large, office->identity().author).held > 1'000'000);
  CHECK(import(hub, bytes)["blobs_accepted"] == 1);
  CHECK(holds(hub, large));

  // One whose content isn't its name, from an exporter that lies, and a good one behind it.
  auto manifest =
      BundleExport::prepare(*office, {hub->identity().certificate, {}, false, false})->manifest();
  sync::PartHead head;
  head.id = manifest.id;
  head.city = manifest.city;
  head.recipient = manifest.recipient;
  head.exporter = manifest.exporter;
  head.created = manifest.created;
  std::string lying;
  auto encoder = *sync::BundleEncoder::begin(head, hub->key().sealing_key(),
                                             [&](std::string_view piece) -> Result<void> {
                                               lying.append(piece);
                                               return {};
                                             });
  manifest.stream = encoder.binding();
  REQUIRE(encoder.manifest(manifest, office->key()).has_value());
  const auto author = office->identity().author;
  REQUIRE(encoder.blob({crypto::hash({"true"}), 5, {author}}).has_value());
  REQUIRE(encoder.blob_piece("false").has_value());
  REQUIRE(encoder.blob({crypto::hash({"stranger"}), 8, {hub->identity().author}}).has_value());
  REQUIRE(encoder.blob_piece("stranger").has_value());
  REQUIRE(encoder.blob({crypto::hash({"good"}), 4, {author}}).has_value());
  REQUIRE(encoder.blob_piece("good").has_value());
  REQUIRE(encoder.end().has_value());
  const auto report = *read(hub, lying, Mode::take);
  CHECK(report["blobs_accepted"] == 1);
  CHECK(report["refused"] == 2);
  CHECK(report["refusals"][0]["code"] == "altered");
  CHECK(report["refusals"][1]["code"] == "forbidden");
  CHECK(holds(hub, crypto::hash({"good"})));
  CHECK_FALSE(holds(hub, crypto::hash({"true"})));
  CHECK_FALSE(holds(hub, crypto::hash({"stranger"})));
}

}  // namespace linli::test
