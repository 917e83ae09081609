// What is held back, told to the people at the node that wrote it.
#include "node/admission.h"
#include "node/appealing.h"
#include "node/held_export.h"
#include "node/store/own_sets.h"
#include "node/upstream.h"
#include "tests/support/city.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

Json own(Node& node, const std::string& state) {
  auto found = store::own_sets(node->store(), {.self = node->identity().author, .state = state});
  REQUIRE(found.has_value());
  return (*found)["items"];
}

Json summary(Node& node) { return store::own_sets_summary(node->store(), node->identity().author); }

Hash held_set(Node& node) {
  auto lease = node->store().read();
  auto s = lease->prepare("SELECT hash FROM log WHERE standing = 1 ORDER BY arrival");
  REQUIRE(s.step());
  return Hash::of(s.blob(0));
}

/// An office whose key was revoked, and which went on writing without hearing of it.
struct Revoked {
  City city;
  Node& hub = city.hub();
  Node& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  Node& office = city.enrol(kOffice, "社区甲");
  Outcome late;
  Revoked() {
    exchange(office, hub);
    put(office, "compound", compound("410702003901001"));
    for (int i = 0; i < 2; ++i) exchange(office, hub);
    REQUIRE(hub->revoke(office->identity().author, "笔记本电脑丢失"));
    late = put(office, "compound", compound("410702003901002"));
    (void)try_exchange(office, hub);
  }
};

}  // namespace

TEST_CASE("held: a revoked node is told so of its own change sets and when they are approved",
          "[node][I1]") {
  Revoked c;
  auto& hub = c.hub;
  auto& office = c.office;
  REQUIRE(held(hub) == 1);
  CHECK(summary(office)["waiting"] == 0);
  CHECK(summary(office)["on_way"] == 0);
  CHECK(summary(office)["refused"] == 0);
  CHECK(summary(office)["held"] == 1);
  const auto told = own(office, "held");
  REQUIRE(told.size() == 1);
  CHECK(told[0]["held"] == "revoked");
  CHECK(told[0]["held_by"]["node"] == "新乡市住房和城乡建设局");
  CHECK(told[0]["held_by"]["at"].is_string());
  CHECK(told[0]["refused"].is_null());
  const auto listed = store::list_held(office->store())["held"];
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["set"] == told[0]["set"]);
  CHECK(listed[0]["above"] == "新乡市住房和城乡建设局");
  CHECK(listed[0]["approvable"] == false);

  REQUIRE(hub->approve(held_set(hub), "核实过"));
  // Nothing is handed out to it any more: it comes another way, on somebody else's stick say.
  auto page = hub->page(c.street->identity().certificate, {}, true);
  REQUIRE(page);
  REQUIRE(office->take(std::move(page->objects), hub->identity().certificate));
  CHECK(summary(office)["held"] == 0);
  CHECK(own(office, "held").empty());
  const auto all = own(office, "");
  CHECK(all[0]["approved"]["reason"] == "核实过");
  CHECK(all[0]["approved"]["at"].is_string());
  CHECK(store::list_held(office->store())["held"].empty());
}

TEST_CASE("held: exported as a bundle that a node above takes in and judges", "[node][I1][I5]") {
  City city;
  auto& hub = city.hub();
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  auto& office = city.enrol(kOffice, "社区甲");
  for (auto* node : {&street, &office}) exchange(*node, hub);
  const auto before = put(office, "compound", compound("410702003901001"));
  for (int i = 0; i < 2; ++i) exchange(office, hub);
  REQUIRE(hub->revoke(office->identity().author, "笔记本电脑丢失"));
  const auto late = put(office, "compound", compound("410702003901002"));
  (void)try_exchange(office, hub);
  REQUIRE(held(hub) == 1);
  // From the office that an upstream holds back, and from the hub with its ruling.
  const bool from_below = GENERATE(true, false);
  CAPTURE(from_below);
  auto* from = from_below ? &office : &hub;
  auto* to = from_below ? &hub : &street;
  const auto recipient = (*to)->identity().certificate;
  std::string bundle;
  const auto sink = [&](std::string_view bytes) -> Result<void> {
    bundle += bytes;
    return {};
  };
  CHECK(node::export_held(**from, recipient, {crypto::hash({"no such set"})}, sink).error().code ==
        Errc::not_found);
  const auto listed = store::list_held((*from)->store())["held"];
  REQUIRE(listed.size() == 1);
  const auto set = Hash::of(*crypto::from_hex(listed[0]["set"].get<std::string>()));
  const auto report = node::export_held(**from, recipient, {set}, sink);
  if (!report) FAIL(describe(report.error()));
  CHECK((*report)["sets"] == 1);
  CHECK((*report)["rulings"] == (from_below ? 0 : 1));
  node::BundleIntake intake(**to, node::BundleIntake::Mode::take);
  REQUIRE(intake.feed(bundle));
  const auto taken = intake.finish();
  if (!taken) FAIL(describe(taken.error()));
  CHECK((*taken)["refused"] == 0);
  CHECK((*taken)["parcels"] == 1);
  CHECK(held(hub) == 1);
  CHECK(get(hub, "compound", late).is_null());
  CHECK(field(hub, "compound", before, "name") == "示例小区");
}

TEST_CASE("held: an appeal stands beside what it speaks for until that is approved", "[node][I5]") {
  Revoked c;
  auto& hub = c.hub;
  auto& office = c.office;
  auto& other = c.city.enrol(kOtherOffice, "样例社区");
  const auto set = held_set(hub);
  const auto appeals = [&] { return store::list_held(hub->store())["held"][0]["appeals"]; };
  CHECK(appeals().empty());
  const auto letter = node::make_appeal(*office, set, "丢失前已完成的巡查");
  REQUIRE(letter);
  REQUIRE(node::take_appeal(*hub, *letter));
  REQUIRE(node::take_appeal(*hub, *letter));  // Read in twice, it stands there once.
  REQUIRE(appeals().size() == 1);
  CHECK(appeals()[0]["by"] == "社区甲");
  CHECK(appeals()[0]["reason"] == "丢失前已完成的巡查");
  CHECK(held(hub) == 1);

  CHECK(node::make_appeal(*office, set, "").error().code == Errc::bad_value);
  CHECK(node::make_appeal(*office, set, std::string(601, 'x')).error().code == Errc::bad_value);
  const auto by_other = node::make_appeal(*other, set, "不关我事");
  REQUIRE(by_other);
  CHECK(node::take_appeal(*hub, *by_other).error().code == Errc::out_of_scope);
  const auto of_nothing = node::make_appeal(*office, crypto::hash({"no such set"}), "没有这份");
  REQUIRE(of_nothing);
  CHECK(node::take_appeal(*hub, *of_nothing).error().code == Errc::not_found);
  City elsewhere(false);
  CHECK(node::take_appeal(*elsewhere.hub(), *letter).error().code == Errc::other_city);
  for (std::size_t at = 0; at < letter->size(); at += 7) {
    auto altered = *letter;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    CHECK_FALSE(node::take_appeal(*hub, altered).has_value());
  }
  CHECK(appeals().size() == 1);

  REQUIRE(hub->approve(set, "核实过"));
  CHECK(store::list_held(hub->store())["held"].empty());
  CHECK(node::take_appeal(*hub, *letter).error().code == Errc::not_found);
}

TEST_CASE("held: an appeal's bytes are those of the text of the protocol", "[node]") {
  const auto key = crypto::SigningKey::from_seed(std::string(32, 'n'));
  const node::Appeal appeal{Hash::of(std::string(32, '\xC1')),
                            Hash::of(std::string(32, '\x5E')),
                            1'767'225'600'000'000,
                            "丢失前已完成的巡查",
                            {"certificate"}};
  const std::string text =
      "linli-appeal:glh5hgFYIMHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n"
      "BWCBeXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXhsABkdIRiBAAHgb5Li\n"
      "i5aSx5YmN5bey5a6M5oiQ55qE5beh5p-lgUtjZXJ0aWZpY2F0ZVhAgA97Be5sic_\n"
      "KbMjEfjcvAyRVql_M16_1MjrkSPtr2k92NfOjXmImDz5vsVmKXOtXlhEEYuW6NqL\n"
      "Khz9d5Q5YAA.\n";
  CHECK(node::letter_text(node::kAppealPrefix, appeal.encode(key)) == text);
  const auto bytes = node::letter_of(node::kAppealPrefix, "申诉如下\n> " + text + "此致");
  REQUIRE(bytes);
  const auto read = node::Appeal::decode(*bytes);
  REQUIRE(read);
  CHECK(read->appeal.reason == appeal.reason);
  CHECK(read->appeal.chain == appeal.chain);
}

TEST_CASE("held: an appeal is handed on from upstream to upstream", "[node][api]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  REQUIRE(hub->revoke(office->identity().author, "笔记本电脑丢失"));
  put(office, "compound", compound("410702003901002"));
  (void)try_exchange(office, street);
  for (int i = 0; i < 2; ++i) exchange(street, hub);
  REQUIRE(held(hub) == 1);
  const Serving at_hub(hub), at_street(street);
  REQUIRE(node::set_upstreams(*street, {at_hub.url()}));
  const auto letter = node::make_appeal(*office, held_set(hub), "丢失前已完成的巡查");
  REQUIRE(letter);
  CHECK(node::set_upstreams(*office, {}).has_value());
  CHECK(node::hand_on_appeal(*office, *letter).error().code == Errc::bad_usage);
  REQUIRE(node::set_upstreams(*office, {at_street.url()}));
  if (auto sent = node::hand_on_appeal(*office, *letter); !sent) FAIL(describe(sent.error()));
  CHECK(store::list_held(hub->store())["held"][0]["appeals"].size() == 1);
}

TEST_CASE("held: an approval without a reason or with too long a one is refused as it is",
          "[node]") {
  Revoked c;
  auto& hub = c.hub;
  const auto set = held_set(hub);
  std::string chinese;
  for (int i = 0; i < 67; ++i) chinese += "字";  // 201 bytes, cut within a character at 200.
  for (const auto& reason : {std::string(), chinese, std::string("\xff")}) {
    CHECK(hub->approve(set, reason).error().code == Errc::bad_value);
  }
  CHECK(held(hub) == 1);
  REQUIRE(hub->approve(set, chinese.substr(0, 198)));
}

}  // namespace linli::test
