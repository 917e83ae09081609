// Another signing key for a node that stays who it is; and certificates that are renewed in time.
#include "crypto/key_file.h"
#include "node/backup.h"
#include "node/renewal.h"
#include "tests/support/city.h"
#include "tests/support/sticks.h"
#include "tests/support/whole.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;

constexpr sync::Micros kDay = 24LL * 3600 * 1'000'000;

/// The request goes to the issuer and the answer comes back, as HTTP would carry them.
Result<void> rotate(Node& node, Node& issuer) {
  const auto request = node::ask_for_renewal(*node, true);
  if (!request) return fail(request.error());
  const auto answer = node::answer_renewal(*issuer, *request);
  if (!answer) return fail(answer.error());
  return node::take_renewal(*node, *answer);
}

crypto::PublicKey key_in(const fs::path& file) {
  const auto key = crypto::SigningKey::load(file);
  REQUIRE(key);
  return key->public_key();
}

}  // namespace

TEST_CASE("rotation: the feed goes on under the new key, at every node", "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto first = put(office, "compound", compound("410702003901001"));
  c.bring_up();
  const auto unsent = put(office, "compound", compound("410702003901002"));
  const auto author = office->identity().author;
  const auto before = office->key().public_key();
  REQUIRE(rotate(office, street));
  CHECK(office->identity().author == author);
  CHECK(office->key().public_key() != before);
  CHECK_FALSE(office->has_next_key());
  CHECK(key_in(office.dir / "node.key") == office->key().public_key());
  CHECK(key_in(office.dir / "node.key.old") == before);
  const auto later = put(office, "compound", compound("410702003901003"));
  edit(office, "compound", first, R"({"name":"改名后的小区"})");
  for (int i = 0; i < 2; ++i) c.bring_up();
  for (auto* node : {&hub, &street, &office}) {
    CHECK(field(*node, "compound", first, "name") == "改名后的小区");
    CHECK(field(*node, "compound", unsent, "name") == "示例小区");
    CHECK(field(*node, "compound", later, "name") == "示例小区");
    CHECK(held(*node) == 0);
    CHECK(number(*node, "SELECT count(*) FROM feed WHERE incarnation > 0") == 0);
    const auto nodes = store::list_nodes((*node)->store());
    int offices = 0;
    for (const auto& item : nodes["items"]) {
      if (item["name"] != "示例社区") continue;
      ++offices;
      CHECK(item["revoked"].is_null());
      CHECK(item["replaced_by"].is_null());
    }
    CHECK(offices == 1);
    check_whole(*node);
  }
  // And once more.
  REQUIRE(rotate(office, street));
  const auto last = put(office, "compound", compound("410702003901004"));
  for (int i = 0; i < 2; ++i) c.bring_up();
  CHECK(field(hub, "compound", last, "name") == "示例小区");
  CHECK(office->trust()->book.find(office->identity().certificate)->keys_before.size() == 2);
}

TEST_CASE("rotation: what the old key signs afterwards is held back, whatever came first",
          "[node][I3][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  put(office, "compound", compound("410702003901001"));
  c.bring_up();
  auto old = Pen::of(office, kOffice);
  const auto old_key = crypto::SigningKey::load(office.dir / "node.key");
  REQUIRE(old_key);
  old.key = &*old_key;
  REQUIRE(rotate(office, street));
  // Somebody who has the old key writes where the office doesn't, or goes on where it does.
  auto elsewhere = old;
  elsewhere.feed.audience = sync::Audience::everyone;
  elsewhere.seq = 0;
  elsewhere.prev = {};
  const auto forged = elsewhere.write(), taken = old.write();
  const bool news_first = GENERATE(true, false);
  CAPTURE(news_first);
  if (news_first) c.bring_up();
  (void)take(hub, {forged}, hub);
  for (int i = 0; i < 2; ++i) c.bring_up();
  // What the hub took before it heard stands; everything else is held back, everywhere alike.
  CHECK(held(hub) == (news_first ? 1 : 0));
  CHECK(held(street) == held(hub));
  for (auto* node : {&hub, &street}) check_whole(*node);
  (void)take(hub, {taken}, hub);
  CHECK(held(hub) == (news_first ? 2 : 1));
  // The office finds its number taken, and says it again where the old key can't follow.
  const auto later = put(office, "compound", compound("410702003901005"));
  for (int i = 0; i < 4; ++i) c.bring_up();
  CHECK_FALSE(office->cloned());
  for (auto* node : {&hub, &street, &office}) {
    CHECK(field(*node, "compound", later, "name") == "示例小区");
    check_whole(*node);
  }
}

TEST_CASE("rotation: a crash between the steps loses neither key", "[node][I1]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto before = office->key().public_key();
  const auto request = node::ask_for_renewal(*office, true);
  REQUIRE(request);
  REQUIRE(office->has_next_key());
  const auto next = key_in(office.dir / "node.key.next");
  const auto reopen = [&] {
    office.close();
    office.open();
  };
  reopen();  // Right after the key was made: the same one waits.
  CHECK(office->key().public_key() == before);
  CHECK(office->has_next_key());
  put(office, "compound", compound("410702003901001"));
  // The answer is lost; asked again, it is answered again, with the same certificate.
  REQUIRE(node::answer_renewal(*street, *request));
  const auto certificates = street->trust()->book.all().size();
  const auto again = node::ask_for_renewal(*office, true);
  REQUIRE(again);
  REQUIRE(node::answer_renewal(*street, *again));
  CHECK(street->trust()->book.all().size() == certificates);
  // It comes by the exchange anyhow, without any answer.
  exchange(office, street);
  CHECK(office->key().public_key() == next);
  CHECK_FALSE(office->has_next_key());
  c.bring_up();
  // Power went between the commit and the renames, or between the two.
  office.close();
  const bool between = GENERATE(true, false);
  CAPTURE(between);
  fs::rename(office.dir / "node.key", office.dir / "node.key.next");
  if (!between) fs::rename(office.dir / "node.key.old", office.dir / "node.key");
  office.open();
  CHECK(office->key().public_key() == next);
  CHECK(key_in(office.dir / "node.key") == next);
  CHECK_FALSE(fs::exists(office.dir / "node.key.next"));
  const auto later = put(office, "compound", compound("410702003901002"));
  c.bring_up();
  CHECK(field(hub, "compound", later, "name") == "示例小区");
  check_whole(hub);
}

TEST_CASE("rotation: a backup of a node that waits for its next key goes on with that key",
          "[node][I1]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto request = node::ask_for_renewal(*office, true);
  REQUIRE(request);
  const auto next = key_in(office.dir / "node.key.next");
  const auto copy = city.folder.path() / "copy";
  REQUIRE(node::back_up(office.dir, copy, office->now()));
  // The certificate came after the copy was made, and the machine is gone since.
  const auto answer = node::answer_renewal(*street, *request);
  REQUIRE(answer);
  REQUIRE(node::take_renewal(*office, *answer));
  const auto lost = put(office, "compound", compound("410702003901001"));
  for (int i = 0; i < 2; ++i) c.bring_up();
  office.close();
  fs::remove_all(office.dir);
  {
    const auto restored = node::restore(copy, office.dir, office.clock);
    if (!restored) FAIL(describe(restored.error()));
  }
  office.open();
  CHECK(office->key().public_key() != next);
  CHECK(try_exchange(office, street).error().code == Errc::revoked);
  {
    const Serving serving(street);
    node::Agent::Pace pace;
    pace.poll = std::chrono::milliseconds(20);
    node::Agent agent(*office, pace, serving.url());
    for (int i = 0; i < 500 && office->key().public_key() != next; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  CHECK(office->key().public_key() == next);
  for (int i = 0; i < 3; ++i) c.bring_up();
  CHECK(field(office, "compound", lost, "name") == "示例小区");
  const auto later = put(office, "compound", compound("410702003901002"));
  for (int i = 0; i < 3; ++i) c.bring_up();
  CHECK(field(hub, "compound", later, "name") == "示例小区");
  CHECK(held(hub) == 0);
  check_whole(hub);
}

TEST_CASE("rotation: by a lost key, by a stranger, or with somebody else's key it is refused",
          "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto& me = office->identity();
  const auto next = crypto::SigningKey::generate(), other = crypto::SigningKey::generate();
  node::RenewalRequest request{me.city, me.certificate, next.public_key(), next.sealing_key(),
                               {},      office->now()};
  const auto word = [&](const crypto::SigningKey& by) {
    return by.sign(crypto::kDomainRotation,
                   crypto::succession_bytes(me.city, me.author, next.public_key()));
  };
  const auto asked = [&](const crypto::SigningKey& in_use, const crypto::SigningKey& new_key) {
    const auto answer = node::answer_renewal(*street, request.encode(in_use, &new_key));
    return answer ? "answered" : std::string(info(answer.error().code).name);
  };
  request.word = word(office->key());
  CHECK(asked(other, next) == "bad_signature");
  CHECK(asked(office->key(), other) == "bad_signature");
  request.word = word(other);
  CHECK(asked(office->key(), next) == "forbidden");
  request.word = word(office->key());
  request.made -= 31 * kDay;
  CHECK(asked(office->key(), next) == "stale");
  request.made += 31 * kDay;
  request.city = crypto::hash({"another"});
  CHECK(asked(office->key(), next) == "other_city");
  request.city = me.city;
  const auto bytes = request.encode(office->key(), &next);
  for (std::size_t n = 0; n < bytes.size(); n += 7) {
    auto altered = bytes;
    altered[n] = static_cast<char>(altered[n] ^ 0x41);
    CHECK_FALSE(node::answer_renewal(*street, altered));
  }
  // Only who stands above it.
  auto& elsewhere = city.enrol("410700/410703", "卫滨区", crypto::Role::district);
  exchange(elsewhere, hub);
  CHECK_FALSE(node::answer_renewal(*elsewhere, bytes));
  REQUIRE(hub->revoke(me.author, "笔记本电脑丢失"));
  exchange(street, hub);
  CHECK(asked(office->key(), next) == "revoked");
  CHECK(node::answer_renewal(*hub, bytes).error().code == Errc::revoked);
}

TEST_CASE("rotation: who revokes a key ends what a thief made of it meanwhile", "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  // The hub hears of the loss; the street doesn't know yet, and believes the thief.
  REQUIRE(hub->revoke(office->identity().author, "笔记本电脑丢失"));
  REQUIRE(rotate(office, street));
  const auto made = put(office, "compound", compound("410702003901001"));
  exchange(office, street);
  for (int i = 0; i < 3; ++i) exchange(street, hub);
  for (auto* node : {&hub, &street}) {
    const auto trust = (*node)->trust();
    const auto newest = trust->book.newest_of(office->identity().author);
    REQUIRE(newest);
    CHECK(trust->book.revoked(*trust->book.find(*newest)));
    CHECK(get(*node, "compound", made).is_null());
  }
  CHECK(try_exchange(office, street).error().code == Errc::revoked);
}

TEST_CASE("rotation: a street that changes its key stays above those whom it enrolled",
          "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  REQUIRE(rotate(street, hub));
  const auto first = put(office, "compound", compound("410702003901001"));
  {
    // By an address it finds out who answers there now.
    const Serving serving(street);
    node::HttpClient line(serving.url());
    const auto talked = node::exchange(*office, line);
    if (!talked) FAIL(describe(talked.error()));
  }
  for (int i = 0; i < 2; ++i) c.bring_up();
  CHECK(field(hub, "compound", first, "name") == "示例小区");
  auto& newcomer = city.enrol(kOffice, "二号窗口", crypto::Role::office, &street);
  exchange(street, hub);
  exchange(newcomer, street);
  put(newcomer, "compound", compound("410702003901002"));
  exchange(newcomer, street);
  exchange(street, hub);
  CHECK(number(hub, "SELECT count(*) FROM r_compound") == 2);
  for (auto* node : {&hub, &street, &office}) check_whole(*node);
}

TEST_CASE("rotation: a bundle that was sealed to the key before still opens", "[node]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  put(hub, "compound",
      compound("410702003901009", R"({"scope":")" + std::string(kOffice) + R"("})"));
  exchange(street, hub);
  const auto bytes = pack(street, office, {.since = {}, .all = true});
  REQUIRE(rotate(office, street));
  (void)import(office, bytes);
  CHECK(number(office, "SELECT count(*) FROM r_compound") == 1);
}

TEST_CASE("rotation: a sealed key is followed by a sealed one", "[node]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  office.close();
  const auto secret = city.folder.path() / "passphrase";
  std::ofstream(secret) << "渠东社区 2026\n";
  fs::permissions(secret, fs::perms::owner_read | fs::perms::owner_write);
  crypto::Passphrase passphrase;
  for (const char byte : std::string("渠东社区 2026")) REQUIRE(passphrase.push(byte));
  const auto plain = crypto::KeyFile::read(office.dir / "node.key");
  REQUIRE(plain);
  REQUIRE(plain->replace(office.dir / "node.key", &passphrase, {1, 64}));
  ::setenv("LINLI_PASSPHRASE_FILE", secret.c_str(), 1);
  office.open();
  REQUIRE(rotate(office, street));
  CHECK(*crypto::KeyFile::is_sealed(office.dir / "node.key"));
  const auto key = office->key().public_key();
  office.close();
  office.open();
  ::unsetenv("LINLI_PASSPHRASE_FILE");
  CHECK(office->key().public_key() == key);
}

TEST_CASE("renewal: asked for when a third is left, and given with the same scopes", "[node][I5]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto first = node::certificate_end(*office);
  CHECK_FALSE(first.renew);
  CHECK_FALSE(first.soon);
  const auto span = first.at - city.time;
  city.time += span * 2 / 3 + kDay;
  CHECK(node::certificate_end(*office).renew);
  const auto ask = [&](Node& node, Node& issuer) {
    const auto request = node::ask_for_renewal(*node, false);
    REQUIRE(request);
    const auto answer = node::answer_renewal(*issuer, *request);
    if (!answer) FAIL(describe(answer.error()));
    const auto taken = node::take_renewal(*node, *answer);
    if (!taken) FAIL(describe(taken.error()));
  };
  // The street's own certificate ends no later: first it has to be renewed.
  ask(office, street);
  CHECK(node::certificate_end(*office).at == first.at);
  ask(street, hub);
  ask(office, street);
  const auto renewed = node::certificate_end(*office);
  CHECK(renewed.at > first.at + span / 2);
  CHECK_FALSE(renewed.renew);
  const auto trust = office->trust();
  const auto* own = trust->book.find(office->identity().certificate);
  CHECK(own->paths == std::vector<std::string>{kOffice});
  CHECK(own->role == crypto::Role::office);
  put(office, "compound", compound("410702003901001"));
  for (int i = 0; i < 2; ++i) c.bring_up();
  CHECK(held(hub) == 0);
  for (auto* node : {&hub, &street, &office}) check_whole(*node);
}

TEST_CASE("renewal: the agent asks by itself, and a person is told a month ahead", "[node]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto end = node::certificate_end(*street).at;
  city.time += end - city.time - 10 * kDay;
  const auto told = node::certificate_json(*street);
  CHECK(told["soon"] == true);
  CHECK(told["ended"] == false);
  CHECK(told["days_left"] == 9);
  {
    const Serving own(street);
    node::HttpClient monitor(own.url());
    const auto health = monitor.send("GET", "/healthz");
    REQUIRE(health);
    CHECK(Json::parse(health->body)["warnings"] == Json::array({"certificate_ends_soon"}));
    const auto metrics = monitor.send("GET", "/metrics");
    REQUIRE(metrics);
    CHECK(metrics->body.find("linli_certificate_seconds_left 86") != std::string::npos);
    CHECK(metrics->body.find("linli_forked_feeds 0") != std::string::npos);
  }
  const Serving serving(hub);
  node::Agent::Pace pace;
  pace.poll = std::chrono::milliseconds(20);
  node::Agent agent(*street, pace, serving.url());
  for (int i = 0; i < 500 && node::certificate_end(*street).soon; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK_FALSE(node::certificate_end(*street).soon);
}

TEST_CASE("renewal: what was recorded after the end waits for approval, and nothing is lost",
          "[node][I4]") {
  RelayedCity c;
  auto& [city, hub, street, office] = c;
  const auto in_time = put(office, "compound", compound("410702003901001"));
  city.time += node::certificate_end(*office).at - city.time + kDay;
  CHECK(node::certificate_json(*office)["ended"] == true);
  const auto late = put(office, "compound", compound("410702003901002"));
  // Not by itself any more: a person decides.
  const auto request = node::ask_for_renewal(*office, false);
  REQUIRE(request);
  CHECK(node::answer_renewal(*hub, *request).error().code == Errc::expired);
  REQUIRE(node::renew_node(*hub, street->identity().author));
  const auto renewed = [](Node& node, Node& issuer) {
    const auto again = node::ask_for_renewal(*node, false);
    REQUIRE(again);
    const auto answer = node::answer_renewal(*issuer, *again);
    if (!answer) FAIL(describe(answer.error()));
    REQUIRE(node::take_renewal(*node, *answer));
    CHECK_FALSE(node::certificate_end(*node).ended);
  };
  renewed(street, hub);
  exchange(street, hub);
  REQUIRE(node::renew_node(*street, office->identity().author));
  renewed(office, street);
  for (int i = 0; i < 2; ++i) c.bring_up();
  CHECK(held(hub) == 2);  // Both came after the end, whenever they were written.
  const auto on_time = put(office, "compound", compound("410702003901003"));
  for (int i = 0; i < 2; ++i) c.bring_up();
  CHECK(field(hub, "compound", on_time, "name") == "示例小区");
  const auto list = store::list_held(hub->store());
  for (const auto& item : list["held"]) {
    CHECK(item["reason"] == "expired");
    REQUIRE(hub->approve(Hash::of(*crypto::from_hex(item["set"].get<std::string>())), "核实过"));
  }
  for (int i = 0; i < 2; ++i) c.bring_up();
  for (auto* node : {&hub, &street, &office}) {
    CHECK(field(*node, "compound", in_time, "name") == "示例小区");
    CHECK(field(*node, "compound", late, "name") == "示例小区");
    CHECK(held(*node) == 0);
    check_whole(*node);
  }
}

}  // namespace linli::test
