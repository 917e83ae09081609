// Invites: what they outlive, an answer that is lost on the way, and taking one back.
#include "node/hub_key.h"
#include "node/inviting.h"
#include "node/renewal.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

node::Invite offer(Node& issuer, std::chrono::seconds valid = std::chrono::hours(24 * 7)) {
  node::Offer offer;
  offer.scope = kOffice;
  offer.name = "示例社区";
  offer.valid = valid;
  auto made = node::invite(*issuer, offer);
  if (!made) FAIL(describe(made.error()));
  return *made;
}

/// Asks the issuer itself; `lost`: nothing of its answer arrives.
node::Post line_to(Node& issuer, bool lost = false) {
  return [&issuer, lost](const std::string& body) -> Result<node::HttpAnswer> {
    const auto said = node::enrol(*issuer, body);
    if (lost) return fail(Errc::unreachable, "cut");
    if (said) return node::HttpAnswer{200, *said, {}, 0, 0};
    const Json problem{{"code", info(said.error().code).name}, {"detail", said.error().detail}};
    return node::HttpAnswer{info(said.error().code).http_status, problem.dump(), {}, 0, 0};
  };
}

std::size_t members(Node& node) { return node->trust()->book.all().size(); }

}  // namespace

TEST_CASE("invite: outlives the inviter's certificate and its key", "[node][I5]") {
  City city(false);
  auto& hub = city.hub();
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, hub);
  const auto by_street = offer(street), by_hub = offer(hub);
  city.time += 30LL * 24 * 3600 * 1'000'000;
  REQUIRE(node::renew_node(*hub, street->identity().author));
  exchange(street, hub);
  REQUIRE(street->identity().certificate != by_street.inviter);
  const auto root = crypto::SigningKey::load(hub.dir / "root.key");
  REQUIRE(root);
  REQUIRE(node::replace_hub_key(*hub, *root, false));
  HandClock clock(city.time);
  for (const auto& [invite, issuer, name] :
       {std::tuple{by_street, &street, "one"}, std::tuple{by_hub, &hub, "two"}}) {
    clock.ahead = -25LL * 24 * 3600 * 1'000'000;  // Within the invite's seven days.
    issuer->clock.ahead = clock.ahead.load();
    const auto dir = city.folder.path() / name;
    const auto joined = node::join(dir, invite, "http://there", line_to(*issuer), clock);
    if (!joined) FAIL(name << ": " << describe(joined.error()));
    CHECK(Replica::open(dir, clock).has_value());
  }
}

TEST_CASE("invite: another node of the city can't answer in the inviter's place", "[node][I5]") {
  City city(false);
  auto& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  exchange(street, city.hub());
  const auto invite = offer(city.hub()), other = offer(street);
  auto as_hub = other;
  as_hub.inviter = invite.inviter;
  HandClock clock(city.time);
  const auto dir = city.folder.path() / "newcomer";
  CHECK(node::join(dir, as_hub, "http://there", line_to(street), clock).error().code ==
        Errc::stranger);
}

TEST_CASE("invite: an answer lost on the line costs nothing", "[node]") {
  City city(false);
  auto& hub = city.hub();
  const auto invite = offer(hub, std::chrono::seconds(600));
  const auto before = members(hub);
  HandClock clock(city.time);
  const auto dir = city.folder.path() / "newcomer";
  const auto cut = node::join(dir, invite, "http://there", line_to(hub, true), clock);
  REQUIRE_FALSE(cut.has_value());
  CHECK(cut.error().code == Errc::unreachable);
  CHECK(cut.error().detail.find("the key is kept") != std::string::npos);
  CHECK(members(hub) == before + 1);
  // Somebody else with the invite has come too late.
  CHECK(node::join(city.folder.path() / "other", invite, "http://there", line_to(hub), clock)
            .error()
            .code == Errc::unauthorised);
  city.time += 700'000'000;  // The invite has ended meanwhile: the place is taken, by this key.
  REQUIRE(node::join(dir, invite, "http://there", line_to(hub), clock));
  CHECK(members(hub) == before + 1);
  CHECK_FALSE(std::filesystem::exists(dir / "joining-invite"));
  auto office = Replica::open(dir, clock);
  REQUIRE(office.has_value());
  CHECK((*office)->identity().name == "示例社区");
  office->reset();
  CHECK(node::join(dir, invite, "http://there", line_to(hub), clock).error().code ==
        Errc::bad_usage);  // There is a node.
}

TEST_CASE("invite: whether it has ended is by the inviter's clock, not by the newcomer's",
          "[node]") {
  City city;
  auto& hub = city.hub();
  const auto invite = offer(hub, std::chrono::seconds(600));
  HandClock ahead(city.time);
  ahead.ahead = 366LL * 86'400 * 1'000'000;
  REQUIRE(node::join(city.folder.path() / "ahead", invite, "http://there", line_to(hub), ahead));
  const auto old = offer(hub, std::chrono::seconds(600));
  city.time += 700'000'000;
  HandClock behind(city.time);
  behind.ahead = -366LL * 86'400 * 1'000'000;
  const auto late = node::join(city.folder.path() / "b", old, "http://there", line_to(hub), behind);
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::expired);
  CHECK_FALSE(std::filesystem::exists(city.folder.path() / "b"));
}

TEST_CASE("invite: another one in the same folder asks with another key", "[node]") {
  City city(false);
  auto& hub = city.hub();
  const auto first = offer(hub), second = offer(hub);
  HandClock clock(city.time);
  const auto dir = city.folder.path() / "newcomer";
  REQUIRE_FALSE(node::join(dir, first, "http://there", line_to(hub, true), clock));
  REQUIRE(node::join(dir, second, "http://there", line_to(hub), clock));
  const auto office = Replica::open(dir, clock);
  REQUIRE(office.has_value());
  const auto listed = node::invites_json(*hub)["items"];
  REQUIRE(listed.size() == 2);
  CHECK(listed[0]["node"] != listed[1]["node"]);
}

TEST_CASE("invite: listed and withdrawn, unless it was used", "[node]") {
  City city(false);
  auto& hub = city.hub();
  const auto gone = offer(hub), used = offer(hub);
  HandClock clock(city.time);
  REQUIRE(node::join(city.folder.path() / "one", used, "http://there", line_to(hub), clock));
  const auto listed = node::invites_json(*hub)["items"];
  REQUIRE(listed.size() == 2);
  std::string open_id, used_id;
  for (const auto& item : listed) {
    CHECK(item["name"] == "示例社区");
    (item["state"] == "open" ? open_id : used_id) = item["id"].get<std::string>();
  }
  CHECK(node::withdraw_invite(*hub, used_id).error().code == Errc::replay);
  CHECK(node::withdraw_invite(*hub, "000000000000").error().code == Errc::not_found);
  CHECK(node::withdraw_invite(*hub, open_id.substr(0, 3)).error().code == Errc::not_found);
  const auto withdrawn = node::withdraw_invite(*hub, open_id.substr(0, 12));
  REQUIRE(withdrawn.has_value());
  CHECK((*withdrawn)["id"] == open_id);
  CHECK(node::invites_json(*hub)["items"].size() == 1);
  const auto dir = city.folder.path() / "two";
  CHECK(node::join(dir, gone, "http://there", line_to(hub), clock).error().code ==
        Errc::unauthorised);
  CHECK_FALSE(std::filesystem::exists(dir));
}

}  // namespace linli::test
