// Two devices that take one head's ballot, as a node keeps, lists and counts them.
#include "node/store/votes.h"

#include <catch2/catch.hpp>
#include <map>

#include "crypto/cbor.h"
#include "node/store/conflicts.h"
#include "tests/model/examples.h"
#include "tests/store/scratch.h"

namespace linli::store {
namespace {

using model::Record;
using namespace model::test;

/// A node that takes change sets of two authors: signatures and policy aren't this test's.
struct Scene {
  tests::ScratchFolder folder;
  std::unique_ptr<Store> store = *Store::create(folder.path() / "linli.db");
  sync::Micros time = 1'700'000'000'000'000;
  std::map<std::string, std::uint64_t> numbers;
  std::map<std::string, crypto::Hash> heads;

  /// One change set of one author; answers with the version it made.
  sync::VersionId write(char author, const Record& record, const sync::Base& base = {}) {
    sync::ChangeSet set;
    const auto id = sync::AuthorId::of(std::string(sync::AuthorId::size(), author));
    const auto audience = record.type->audience;
    set.feed = {id, record.scope, audience, {}};
    const auto name = std::string(1, author) + record.scope + std::to_string(int(audience));
    const auto feed_id =
        sync::FeedId::of(crypto::hash({name}).view().substr(0, sync::FeedId::size()));
    set.city = set.certificate = set.policy = crypto::hash({"one"});
    set.schema_version = 1;
    set.seq = ++numbers[name];
    if (set.seq > 1) set.prev = heads[name];
    set.time_base = time += 1'000'000;
    if (audience == sync::Audience::street) set.blind = crypto::random<sync::Nonce>();
    sync::Change change{record.type->number, record.id, sync::ChangeKind::put, time, 0, {}, base};
    for (const auto& [number, value] : record.fields) change.fields.push_back({number, value});
    set.changes = {change};
    const auto body = sync::encode_change_set(set);
    if (!body) FAIL(describe(body.error()));
    heads[name] = crypto::hash({*body});

    Transaction transaction(store->database());
    auto& log = store->log();
    auto* feed = log.find_feed(feed_id);
    if (!feed) feed = &log.make_feed(feed_id, set.feed);
    const auto stored = pack_body(*body);
    const auto arrival = log.append({.scope = feed->scope,
                                     .audience = audience,
                                     .feed = feed->id,
                                     .seq = set.seq,
                                     .hash = heads[name],
                                     .author = feed->author,
                                     .peer = feed->author,
                                     .changes = 1,
                                     .received = time,
                                     .last_stamp = time,
                                     .stored = stored});
    feed->tip = {set.seq, heads[name]};
    log.save_tip(*feed);
    store->projector().project(*log.load(arrival));
    store->projector().flush();
    transaction.commit();
    return {feed_id, set.seq, 0};
  }
  Json rivals() { return find_conflicts(*store, {.severity = "rivals"})->at("items"); }
  model::votes::Tally tally(const sync::RecordId& assembly) {
    const auto held = held_vote(*store, assembly);
    if (!held) FAIL(describe(held.error()));
    const auto counted = model::votes::count_votes(*held, 1);
    if (!counted) FAIL(describe(counted.error()));
    return counted->count.tallies.front();
  }
};

Record paper(char id, std::string_view changes) {
  auto record =
      made("ballot",
           with(with(kBallot, R"({"status":"returned","invalid_reason":null,"area_dm2":null,
                "delivery_evidence":null,"signature":null,"proxy":null,"proxy_doc":null,
                "review_note":null,"choices":{"1":"agree"}})"),
                changes),
           stocked());
  record.id = sync::RecordId::of(std::string(sync::RecordId::size(), id));
  return record;
}

}  // namespace

TEST_CASE("votes: two ballots of one head stay, are listed, and count once one is invalid",
          "[store][votes][I4]") {
  Scene scene;
  const auto shelf = stocked();
  const auto assembly = made("assembly", kAssembly, shelf);
  for (const auto& [type, json] :
       {std::pair{"vote_rules", kVoteRules}, std::pair{"register_snapshot", kSnapshot},
        std::pair{"assembly", kAssembly}, std::pair{"ballot_matter", kMatter}}) {
    scene.write('a', made(type, json, shelf));
  }
  for (const auto* box : {"office", "device-2"}) {
    scene.write('a', made("ballot_box",
                          Json{{"assembly", {"410702003901001", "first", 1}},
                               {"box", box},
                               {"papers", 1},
                               {"status", "complete"},
                               {"closed_at", "2023-10-20T18:00"}}
                              .dump(),
                          shelf));
  }
  const auto mine = paper('1', R"({"collector":"office"})");
  const auto theirs = paper('2', R"({"choices":{"1":"disagree"}})");
  scene.write('a', mine);
  CHECK(scene.rivals().empty());
  const auto second = scene.write('b', theirs);

  const auto listed = scene.rivals();
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["type"] == "ballot");
  CHECK(listed[0]["key"]["head"] == "H2");
  CHECK(listed.dump().find("agree") == std::string::npos);
  // Beside each other: what the other one is, and in what they differ, without what it says.
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& others = listed[i]["others"];
    REQUIRE(others.size() == 1);
    CHECK(others[0]["id"] == listed[1 - i]["id"]);
    CHECK(others[0]["state"] == listed[1 - i]["state"]);
    CHECK(others[0]["written"]["arrived"].is_string());
    const auto differs = others[0]["differs"].get<std::vector<std::string>>();
    CHECK(std::count(differs.begin(), differs.end(), "collector") == 1);
    CHECK(std::count(differs.begin(), differs.end(), "choices") == 0);
    CHECK(std::count(differs.begin(), differs.end(), "head") == 0);
  }
  CHECK(find_conflicts(*scene.store, {})->at("items").empty());  // nothing lost to anything
  CHECK(scene.tally(assembly.id).contested == model::votes::Amount{21'000, 1});
  CHECK(scene.tally(assembly.id).part == model::votes::Amount{});

  const auto shown = get_record(*scene.store, "ballot", mine.scope, mine.id);
  REQUIRE(shown);
  CHECK(shown->at("fields")["choices"] == Json{{"withheld", true}, {"sealed", true}});
  CHECK(list_records(*scene.store, {.type = "ballot", .where = {{"choices", "agree"}}})
            .error()
            .code == Errc::forbidden);
  const auto past = record_history(*scene.store, "ballot", mine.scope, mine.id);
  REQUIRE(past);
  CHECK(past->dump().find("agree") == std::string::npos);

  // A reviewer says which counts: by a change like any other.
  Record review{theirs.type, theirs.scope, theirs.id, false, {}};
  review.set(16, sync::encode_move({4, 6}));
  review.set(17, cbor::encode_int(7));
  review.set(10, *theirs.get(10));
  scene.write('a', review, {{second}, {}});
  CHECK(scene.rivals().empty());
  const auto tally = scene.tally(assembly.id);
  CHECK(tally.contested == model::votes::Amount{});
  CHECK(tally.part == model::votes::Amount{21'000, 1});
  CHECK(tally.agree == model::votes::Amount{21'000, 1});
  // What was maintained step by step is what a rebuild makes of the log.
  CHECK(scene.store->compare_projections({}).value() == std::vector<std::string>{});
  CHECK(held_vote(*scene.store, mine.id).error().code == Errc::not_found);
}

}  // namespace linli::store
