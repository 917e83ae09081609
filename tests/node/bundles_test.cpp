// Nodes that have no line between them, and the stick that goes to and fro.
#include "node/bundles.h"

#include <algorithm>
#include <fstream>

#include "node/bundle_files.h"
#include "node/store/bundles.h"
#include "tests/support/photos.h"

namespace linli::test {
namespace {

using node::BundleExport;
using node::BundleFiles;
using node::BundleIntake;
using node::BundleWriter;
using Mode = BundleIntake::Mode;

constexpr const char* kCode = "410702003901001";

struct Options {
  std::string since;
  bool all = false, photos = false;
};

/// What `from` exports for `to`, as one stream of bytes; its report in `json`.
std::string pack(Node& from, Node& to, const Options& options = {}, Json* json = nullptr) {
  node::ExportRequest request;
  request.recipient = to->identity().certificate;
  request.all = options.all;
  request.photos = options.photos;
  if (!options.since.empty()) {
    request.since = sync::BundleId::of(*crypto::from_hex(options.since));
  }
  auto bundle = BundleExport::prepare(*from, request);
  if (!bundle) FAIL("prepare: " << describe(bundle.error()));
  std::string bytes;
  const auto done = bundle->run([&](std::string_view piece) -> Result<void> {
    bytes.append(piece);
    return {};
  });
  if (!done) FAIL("export: " << describe(done.error()));
  if (json) *json = bundle->json();
  return bytes;
}

Result<Json> read(Node& node, std::string_view bytes, Mode mode) {
  BundleIntake intake(*node, mode);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(50'000, bytes.size()))) {
    if (auto fed = intake.feed(bytes.substr(0, 50'000)); !fed) return fail(fed.error());
  }
  return intake.finish();
}

/// Checks it, which must change nothing, then takes it in.
Json import(Node& node, const std::string& bytes) {
  const auto before = dump(node);
  const auto checked = read(node, bytes, Mode::check);
  if (!checked) FAIL("check: " << describe(checked.error()));
  CHECK(dump(node) == before);
  const auto report = read(node, bytes, Mode::take);
  if (!report) FAIL("import: " << describe(report.error()));
  return *report;
}

Json carry(Node& from, Node& to, const Options& options = {}) {
  return import(to, pack(from, to, options));
}

std::string building(int n) {
  return R"({"compound":"410702003901001","building_no":")" + std::to_string(n) + R"("})";
}

}  // namespace

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

// ---- Attachments --------------------------------------------------------------------------------

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
  const Options with{.since = {}, .all = false, .photos = true};
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

TEST_CASE("bundle: an import cut off within a photo goes on with it; a false one stops nothing",
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

// ---- Files --------------------------------------------------------------------------------------

namespace {

std::filesystem::path write(const std::filesystem::path& file, std::string_view bytes,
                            std::uint64_t split, std::vector<std::filesystem::path>* parts) {
  BundleWriter writer(file, split);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(777, bytes.size()))) {
    const auto done = writer.write(bytes.substr(0, 777));
    if (!done) FAIL(describe(done.error()));
  }
  auto files = writer.finish();
  if (!files) FAIL(describe(files.error()));
  if (parts) *parts = *files;
  return file;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void overwrite(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

Result<Json> take_files(Node& node, const BundleFiles& files) {
  BundleIntake intake(*node, Mode::take);
  const auto fed = files.read([&](std::string_view piece) { return intake.feed(piece); });
  if (!fed) return fail(files.placed(fed.error()));
  auto report = intake.finish();
  if (!report) return fail(files.placed(report.error()));
  return report;
}

}  // namespace

TEST_CASE("bundle files: parts in any order, and each damage with its place", "[node]") {
  City city;
  auto& hub = city.hub();
  auto& office = city.enrol(kOffice, "示例社区");
  for (int i = 0; i < 40; ++i) {
    // Of random letters, so that it doesn't shrink.
    const auto text = crypto::to_hex(crypto::random<Hash>().view()).substr(0, 60);
    put(hub, "city_figure", R"({"name":")" + text + R"(","year":2020,"title":"示例","value":1,
        "unit":"个","source":"示例","as_of":"2022-12-31"})");
  }
  const auto bytes = pack(hub, office);
  REQUIRE(bytes.size() > 3 * node::kPartBytesMin);
  const auto file = city.folder.path() / "stick.linli";
  std::vector<std::filesystem::path> parts;
  write(file, bytes, node::kPartBytesMin, &parts);
  REQUIRE(parts.size() >= 4);
  CHECK(parts[0].filename() == "stick.linli.001");
  for (const auto& part : parts) CHECK(std::filesystem::file_size(part) <= node::kPartBytesMin);

  SECTION("in any order, twice, or by the name that was given") {
    auto mixed = parts;
    std::reverse(mixed.begin(), mixed.end());
    mixed.push_back(parts[1]);
    for (const auto& given : {mixed, std::vector{file}}) {
      const auto opened = BundleFiles::open(given);
      REQUIRE(opened.has_value());
      REQUIRE(opened->size() == 1);
      CHECK(opened->front().parts() == parts.size());
    }
    CHECK((*take_files(office, BundleFiles::open(mixed)->front()))["accepted"] > 0);
    CHECK(export_all(office) == export_all(hub));
  }
  SECTION("several bundles at once, the oldest first") {
    const auto next = pack(hub, office);
    const auto other = write(city.folder.path() / "next.linli", next, 0, nullptr);
    auto all = parts;
    all.insert(all.begin(), other);
    const auto opened = BundleFiles::open(all);
    REQUIRE(opened.has_value());
    REQUIRE(opened->size() == 2);
    CHECK(opened->front().parts() == parts.size());
  }
  SECTION("a missing part is named") {
    const auto opened = BundleFiles::open({parts[3], parts[0]});
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::not_found);
    CHECK(opened.error().detail.find("part 2, 3") != std::string::npos);
  }
  SECTION("a part that was cut off") {
    std::filesystem::resize_file(parts[1], 1000);
    const auto opened = BundleFiles::open(parts);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().code == Errc::truncated);
    CHECK(opened.error().detail.find("stick.linli.002, byte 1000") != std::string::npos);
  }
  SECTION("a changed byte, by part and byte") {
    auto second = contents(parts[1]);
    second[500] = static_cast<char>(second[500] ^ 1);
    overwrite(parts[1], second);
    const auto before = dump(office);
    const auto told = take_files(office, BundleFiles::open(parts)->front());
    REQUIRE_FALSE(told.has_value());
    CHECK(told.error().code == Errc::altered);
    CHECK(told.error().detail.find("stick.linli.001, byte 296") != std::string::npos);
    CHECK(told.error().detail.find("frame 0") != std::string::npos);
    CHECK(dump(office) == before);
  }
  SECTION("parts of two bundles mixed") {
    std::vector<std::filesystem::path> others;
    write(city.folder.path() / "other.linli", pack(hub, office), node::kPartBytesMin, &others);
    CHECK(BundleFiles::open({parts[0], others[1]}).error().code == Errc::not_found);
    // The content of one under the head of the other.
    auto mixed = contents(parts[1]).substr(0, sync::kBundleHeadBytes) +
                 contents(others[1]).substr(sync::kBundleHeadBytes);
    overwrite(parts[1], mixed);
    CHECK(take_files(office, BundleFiles::open(parts)->front()).error().code == Errc::altered);
  }
  SECTION("no bundle, an empty file, no file") {
    overwrite(parts[0], "dear diary, today nothing happened");
    CHECK(BundleFiles::open(parts).error().code == Errc::bad_input);
    overwrite(parts[0], "");
    CHECK(BundleFiles::open(parts).error().code == Errc::bad_input);
    CHECK(BundleFiles::open({city.folder.path() / "none"}).error().code == Errc::io);
  }
}

TEST_CASE("bundle files: nothing half stands under the name", "[node]") {
  City city;
  auto& office = city.enrol(kOffice, "示例社区");
  const auto bytes = pack(city.hub(), office);
  const auto file = city.folder.path() / "out.linli";
  {
    BundleWriter writer(file, 0);
    REQUIRE(writer.write(bytes).has_value());
  }
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK_FALSE(std::filesystem::exists(city.folder.path() / ".out.linli.linli-tmp"));
  // Over a bundle it may write, over a letter it may not.
  write(file, bytes, 0, nullptr);
  write(file, bytes, 0, nullptr);
  overwrite(file, "a letter to keep");
  BundleWriter writer(file, 0);
  CHECK(writer.write(bytes).error().code == Errc::bad_usage);
  CHECK(contents(file) == "a letter to keep");
  BundleWriter nowhere(city.folder.path() / "no" / "folder", 0);
  CHECK(nowhere.write(bytes).error().code == Errc::io);
}

}  // namespace linli::test
