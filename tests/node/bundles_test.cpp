// Nodes that have no line between them, and the stick that goes to and fro.
#include "node/bundles.h"

#include <algorithm>

#include "node/scopes.h"
#include "node/store/bundles.h"
#include "tests/support/sticks.h"

namespace linli::test {

TEST_CASE("bundle: an office and the hub come to hold the same by stick, receipts included",
          "[node][I3]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  CHECK(carry(hub, office)["accepted"] > 0);
  CHECK(number(office, "SELECT count(*) FROM r_org_unit") == 7);
  const auto made = put(office, "compound", compound(kCode));
  CHECK(get(office, "compound", made)["confirmed"] == false);
  const auto there = carry(office, hub);
  CHECK(there["accepted"] == 1);
  CHECK(there["refused"] == 0);
  CHECK(there["authors"]["示例社区"] == 1);
  CHECK(there["kinds"]["compound"] == 1);
  CHECK(there["from"]["name"] == "示例社区");
  carry(hub, office);
  CHECK(get(office, "compound", made)["confirmed"] == true);
  CHECK(store::waiting(office->store(), office->identity().author)["sets"] == 0);
  CHECK(export_all(office) == export_all(hub));
  CHECK(faults(office).empty());
  CHECK(faults(hub).empty());
  // On the line nothing is left to say.
  CHECK(exchange(office, hub).refused == 0);
  CHECK(export_all(office) == export_all(hub));
}

TEST_CASE("bundle: twice is once", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  put(office, "compound", compound(kCode));
  const auto bytes = pack(office, hub);
  CHECK(import(hub, bytes)["accepted"] == 1);
  const auto before = dump(hub);
  const auto again = import(hub, bytes);
  CHECK(again["accepted"] == 0);
  CHECK(again["known"] == 1);
  CHECK(dump(hub) == before);
}

TEST_CASE("bundle: a later one waits for an earlier one", "[node][I3]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  put(office, "compound", compound(kCode));
  Json first;
  const auto one = pack(office, hub, {}, &first);
  put(office, "building", building(1));
  put(office, "building", building(2));
  const auto two = pack(office, hub, {first["id"].get<std::string>(), false, false});
  const auto early = import(hub, two);
  CHECK(early["waiting"] == 2);
  CHECK(early["accepted"] == 0);
  CHECK(number(hub, "SELECT count(*) FROM r_building") == 0);
  // It isn't acknowledged either: were the first one lost, all would be sent again.
  carry(hub, office);
  Json third;
  pack(office, hub, {}, &third);
  CHECK(third["parcels"] == 3);
  CHECK(import(hub, one)["accepted"] == 1);
  CHECK(number(hub, "SELECT count(*) FROM r_building") == 2);
  carry(hub, office);
  CHECK(export_all(office) == export_all(hub));
  CHECK(faults(hub).empty());
}

TEST_CASE("bundle: what was confirmed isn't sent again, what was lost on the way is", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  put(office, "compound", compound(kCode));
  Json lost, again, next;
  pack(office, hub, {}, &lost);  // The stick falls into the river.
  put(office, "building", building(1));
  const auto bytes = pack(office, hub, {}, &again);
  CHECK(lost["parcels"] == 1);
  CHECK(again["parcels"] == 2);
  CHECK(again["after"] == lost["after"]);
  import(hub, bytes);
  carry(hub, office);  // Receipts and an acknowledgement.
  pack(office, hub, {}, &next);
  CHECK(next["parcels"] == 0);
  CHECK(next["after"] > again["after"]);
  // The hub has it from the office's bundle what the office has: nothing goes twice this way
  // either.
  put(hub, "company",
      R"({"uscc":"91350100M000100Y43","name":"x","legal_person":"y","phone":"1",
          "complaint_phone":"2","status":"active"})",
      {.update = true});
  Json down;
  carry(office, hub);
  pack(hub, office, {}, &down);
  CHECK(down["after"] > 0);
  CHECK(down["parcels"] == 1);
  Json whole;
  pack(hub, office, {.since = {}, .all = true, .photos = false}, &whole);
  CHECK(whole["after"] == 0);
  CHECK(whole["parcels"] > 10);
}

TEST_CASE("bundle: what went over the line isn't sent again by stick", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  put(office, "compound", compound(kCode));
  exchange(office, hub);
  put(office, "building", building(1));
  Json json;
  pack(office, hub, {}, &json);
  CHECK(json["parcels"] == 1);
}

TEST_CASE("bundle: only its recipient learns what is in it, its carrier nothing", "[node][I6]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  carry(hub, office);
  carry(hub, other);
  const auto made = put(office, "compound", compound(kCode, R"({"name":"只有收件人知道"})"));
  const auto bytes = pack(office, hub);
  CHECK(bytes.find("只有收件人知道") == std::string::npos);
  const auto before = dump(other);
  for (const auto mode : {Mode::check, Mode::take}) {
    const auto refused = read(other, bytes, mode);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::wrong_recipient);
    CHECK(refused.error().detail.find("新乡市住房和城乡建设局") != std::string::npos);
  }
  CHECK(dump(other) == before);
  import(hub, bytes);
  CHECK(field(hub, "compound", made, "name") == "只有收件人知道");
  // And what the other office may not read doesn't go into its bundle.
  const auto for_other = carry(hub, other, {.since = {}, .all = true, .photos = false});
  CHECK_FALSE(for_other["scopes"].contains(kOffice));
  CHECK(for_other["scopes"].contains(kOtherOffice));
  CHECK(get(other, "compound", made).is_null());
}

TEST_CASE("bundle: two offices of one community without any network, and on to the hub",
          "[node][I3]") {
  City city;
  auto& hub = city.hub();
  auto& one = city.enrol(kOffice, "示例社区");
  auto& two = city.enrol(kOffice, "示例社区分点");
  carry(hub, one);  // The second one was never synced: it knows neither the first nor its policy.
  const auto made = put(one, "compound", compound(kCode));
  const auto told = carry(one, two);
  CHECK(told["refused"] == 0);
  CHECK(field(two, "compound", made, "name") == "示例小区");
  edit(two, "compound", made, R"({"name":"分点改过"})");
  // Over the second one's stick, what the first one wrote reaches the hub, and comes back
  // receipted.
  CHECK(carry(two, hub)["refused"] == 0);
  CHECK(field(hub, "compound", made, "name") == "分点改过");
  carry(hub, two);
  carry(two, one);
  CHECK(get(one, "compound", made)["confirmed"] == true);
  CHECK(field(one, "compound", made, "name") == "分点改过");
  CHECK(number(one,
               "SELECT count(*) FROM log WHERE peer = 0 AND author <> (SELECT author FROM "
               "log WHERE peer = 0 LIMIT 1)") == 0);
  for (auto* node : {&hub, &one, &two}) CHECK(faults(*node).empty());
}

TEST_CASE("bundle: cut off anywhere while it is taken in, it goes on where it was", "[node][I1]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  put(office, "compound", compound(kCode));
  for (int i = 0; i < 40; ++i) {
    put(office, "building", building(i));
  }
  const auto bytes = pack(office, hub);
  for (const auto part : {bytes.size() / 3, bytes.size() - 1}) {
    BundleIntake intake(*hub, Mode::take);
    REQUIRE(intake.feed(std::string_view(bytes).substr(0, part)).has_value());
    hub.close();
    hub.open();
  }
  const auto cut = read(hub, std::string_view(bytes).substr(0, bytes.size() - 1), Mode::take);
  CHECK(cut.error().code == Errc::truncated);
  Json again;
  pack(office, hub, {}, &again);
  CHECK(again["parcels"] == 41);
  import(hub, bytes);
  CHECK(number(hub, "SELECT count(*) FROM r_building") == 40);
  CHECK(faults(hub).empty());
}

TEST_CASE("bundle: one bad object is refused by its name, the good ones go in", "[node][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  exchange(office, hub);
  const auto head_of = [&](const sync::Manifest& m) {
    sync::PartHead head;
    head.id = m.id;
    head.city = m.city;
    head.recipient = m.recipient;
    head.exporter = m.exporter;
    head.created = m.created;
    return head;
  };
  auto prepared = *BundleExport::prepare(*office, {hub->identity().certificate, {}, false, false});
  auto manifest = prepared.manifest();
  std::string bytes;
  auto encoder = *sync::BundleEncoder::begin(head_of(manifest), hub->key().sealing_key(),
                                             [&](std::string_view b) -> Result<void> {
                                               bytes.append(b);
                                               return {};
                                             });
  manifest.stream = encoder.binding();
  REQUIRE(encoder.manifest(manifest, office->key()).has_value());
  auto pen = Pen::of(office, kOffice);
  auto good = pen.write();
  auto bad = good;
  bad.bytes[bad.bytes.size() / 2] = static_cast<char>(bad.bytes[bad.bytes.size() / 2] ^ 1);
  REQUIRE(encoder.objects({{sync::ObjectKind::parcel, "junk"}, bad, good}).has_value());
  REQUIRE(encoder.end().has_value());
  const auto report = *read(hub, bytes, Mode::take);
  CHECK(report["refused"] >= 1);
  CHECK(report["unreadable"] >= 1);
  CHECK(report["refusals"][0]["code"] == "malformed");
  CHECK(number(hub, "SELECT count(*) FROM log WHERE hash = x'" +
                        crypto::to_hex(
                            sync::change_set_hash(sync::Parcel::decode(good.bytes)->body).view()) +
                        "'") == 1);
}

TEST_CASE("bundle: since a bundle that was made here, for this node, or not at all", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  Json json;
  pack(hub, office, {}, &json);
  const auto id = sync::BundleId::of(*crypto::from_hex(json["id"].get<std::string>()));
  const auto prepare = [&](Node& from, Node& to, const sync::BundleId& since) {
    return BundleExport::prepare(*from, {to->identity().certificate, since, false, false});
  };
  CHECK(prepare(hub, office, id)->manifest().since == id);
  CHECK(prepare(hub, other, id).error().code == Errc::bad_value);
  CHECK(prepare(hub, office, crypto::random<sync::BundleId>()).error().code == Errc::not_found);
  CHECK(BundleExport::prepare(*hub, {Hash{}, {}, false, false}).error().code ==
        Errc::unknown_certificate);
}

TEST_CASE("bundle: a node is found by what people call it", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& twin = city.enrol(kOffice, "示例社区分点");
  const auto& certificate = office->identity().certificate;
  CHECK(node::find_node(*hub, "示例社区") == certificate);
  CHECK(node::find_node(*hub, crypto::to_hex(certificate.view()).substr(0, 8)) == certificate);
  CHECK(node::find_node(*hub, crypto::to_hex(office->identity().author.view())) == certificate);
  CHECK(node::find_node(*office, "hub") == hub->identity().certificate);
  const auto several = node::find_node(*hub, kOffice);
  CHECK(several.error().code == Errc::bad_value);
  CHECK(several.error().detail.find(twin->identity().name) != std::string::npos);
  CHECK(node::find_node(*hub, "hub").error().code == Errc::bad_value);
  CHECK(node::find_node(*hub, "nobody").error().code == Errc::not_found);
  CHECK(node::find_node(*hub, "").error().code == Errc::not_found);
}

TEST_CASE("bundle: another city's is refused before anything is opened", "[node]") {
  City city, elsewhere(false);
  auto& office = city.enrol(kOffice, "示例社区");
  CHECK(read(elsewhere.hub(), pack(office, city.hub()), Mode::check).error().code ==
        Errc::other_city);
}

TEST_CASE("bundle: a rolled-back disk is noticed by stick too, and gets back what it lost",
          "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  const auto kept = put(office, "compound", compound(kCode));
  carry(office, hub);
  office.close();
  const auto copy = city.folder.path() / "copy";
  std::filesystem::copy(office.dir, copy);
  office.open();
  const auto lost = put(office, "compound", compound("410702003901002"));
  carry(office, hub);
  office.close();
  std::filesystem::remove_all(office.dir);
  std::filesystem::copy(copy, office.dir);
  office.open();
  CHECK(get(office, "compound", lost).is_null());
  const auto incarnation = [&] {
    return number(office, "SELECT coalesce((SELECT value FROM meta WHERE key = 'incarnation'), 0)");
  };
  const auto noticed = carry(hub, office);
  CHECK(noticed["rolled_back"] == true);
  CHECK(incarnation() == 1);
  CHECK(carry(hub, office)["rolled_back"] == true);
  CHECK(incarnation() == 1);  // Once is enough.
  carry(hub, office, {.since = {}, .all = true, .photos = false});
  CHECK_FALSE(carry(hub, office).contains("rolled_back"));
  CHECK(field(office, "compound", lost, "name") == "示例小区");
  const auto later = put(office, "compound", compound("410702003901003"));
  edit(office, "compound", kept, R"({"name":"恢复之后"})");
  CHECK(carry(office, hub)["refused"] == 0);
  CHECK(field(hub, "compound", later, "name") == "示例小区");
  CHECK(number(hub, "SELECT count(*) FROM quarantine") == 0);
  CHECK(export_all(office) == export_all(hub));
  CHECK(faults(office).empty());
}

TEST_CASE("bundle: what an office had numbered twice is written again, though it has only sticks",
          "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  carry(hub, office);
  put(office, "compound", compound(kCode));
  carry(office, hub);
  carry(hub, office);
  const auto copy = city.folder.path() / "copy";
  office.close();
  std::filesystem::copy(office.dir, copy);  // With its mark.
  office.open();
  const auto lost = put(office, "compound", compound("410702003901002"));
  carry(office, hub);
  office.close();
  std::filesystem::remove_all(office.dir);
  std::filesystem::copy(copy, office.dir);
  office.open();
  const auto early = put(office, "compound", compound("410702003901003"));
  carry(hub, office, {.since = {}, .all = true, .photos = false});
  for (const auto* record : {&lost, &early}) {
    CHECK(field(office, "compound", *record, "name") == "示例小区");
  }
  carry(office, hub);
  CHECK(field(hub, "compound", early, "name") == "示例小区");
  CHECK(number(office, "SELECT count(*) FROM aside") == 0);
  CHECK(faults(office).empty());
  CHECK(faults(hub).empty());
}

TEST_CASE("bundle: an office that has only sticks lets go of a scope that it lost", "[node][I6]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  auto& other = city.enrol(kOtherOffice, "样例社区");
  exchange(other, hub);
  put(other, "compound", compound("410703001901001"));
  exchange(other, hub);
  carry(hub, office);
  REQUIRE(node::change_scopes(*hub, office->identity().author, {{kOtherOffice}, {}}));
  for (int i = 0; i < 2; ++i) carry(hub, office);
  REQUIRE(files_hold(office, "410703001901001"));
  REQUIRE(node::change_scopes(*hub, office->identity().author, {{}, {kOtherOffice}}));
  for (int i = 0; i < 2; ++i) carry(hub, office);
  CHECK_FALSE(files_hold(office, "410703001901001"));
  put(office, "compound", compound(kCode));
  CHECK(carry(office, hub)["refused"] == 0);
  CHECK(faults(office).empty());
}

}  // namespace linli::test
