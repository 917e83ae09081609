// The letters by which a machine joins: their bytes, and every way in which they can be wrong.
#include "node/admission.h"

#include "node/admitting.h"
#include "node/admitting_json.h"
#include "node/joining.h"
#include "tests/support/city.h"

namespace linli::test {
namespace {

namespace fs = std::filesystem;
using crypto::Role;
using node::Issuer;

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
/// Every file of a folder and what it holds.
std::map<std::string, std::string> contents(const fs::path& dir) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) all[entry.path().filename().string()] = content(entry.path());
  }
  return all;
}

struct Scene {
  City city{false};
  Node& hub = city.hub();
  fs::path dir = city.folder.path() / "newcomer";
  HandClock clock{city.time};

  std::string ask(const std::optional<Issuer>& to = {}, const std::string& name = "渠东社区") {
    const auto asked = node::ask_to_join(dir, name, "", to, clock);
    if (!asked) FAIL(describe(asked.error()));
    return asked->request;
  }
  [[nodiscard]] static node::Decision decide(std::string_view request,
                                             const std::string& name = "渠东社区") {
    node::Decision decision;
    decision.place = {Role::office, kOffice, name};
    decision.words = node::JoinRequest::decode(request)->words().zh();
    return decision;
  }
  std::string admit(std::string_view request) {
    const auto decided = node::admit(*hub, request, decide(request));
    if (!decided) FAIL(describe(decided.error()));
    return decided->admission;
  }
  Errc answer_error(std::string_view admission) {
    const auto before = contents(dir);
    const auto checked = node::check_answer(dir, admission, clock);
    REQUIRE_FALSE(checked);
    CHECK(contents(dir) == before);
    return checked.error().code;
  }
  Errc admit_error(std::string_view request, const node::Decision& decision) {
    const auto arrival = hub->arrival();
    const auto decided = node::admit(*hub, request, decision);
    REQUIRE_FALSE(decided);
    CHECK(hub->arrival() == arrival);
    return decided.error().code;
  }
  void later(std::int64_t days) { city.time += days * 24 * 3600 * 1'000'000; }
};

}  // namespace

TEST_CASE("letter: survives mail and finds itself in what stands around it", "[node]") {
  std::string bytes;
  for (int i = 0; i < 300; ++i) bytes += static_cast<char>(i * 7);
  const auto text = node::letter_text("linli-request:", bytes);
  const auto read = [](const std::string& t) { return node::letter_of("linli-request:", t); };
  CHECK(*read(text) == bytes);
  CHECK(*read("您好：\r\n\r\n" + text + "\r\n此致") == bytes);
  std::string quoted, one_line;
  for (const char c : text) {
    quoted += c == '\n' ? "\r\n> > " : std::string(1, c);
    if (c != '\n') one_line += c;
  }
  CHECK(*read("> > " + quoted) == bytes);
  CHECK(*read(one_line) == bytes);

  CHECK(read("").error().code == Errc::bad_input);
  CHECK(read(node::letter_text("linli-admission:", bytes)).error().code == Errc::bad_input);
  CHECK(read(text + text).error().code == Errc::bad_input);
  CHECK(read(std::string(node::kLetterBytesMax + 1, ' ')).error().code == Errc::too_large);
  const auto whole = text.find('.');
  for (std::size_t size = 0; size <= whole; ++size) {
    CHECK(read(text.substr(0, size)).error().code == Errc::bad_input);
  }
  auto mistyped = text;
  mistyped[20] = '!';
  CHECK(read(mistyped).error().code == Errc::bad_input);
}

TEST_CASE("join request: the vector of sync/ENROLMENT.md", "[node]") {
  const auto key = crypto::SigningKey::from_seed(std::string(32, 'n'));
  Issuer to{Hash{}, crypto::SigningKey::from_seed(std::string(32, 'h')).public_key()};
  to.city.data.fill(0xC1);
  const node::JoinRequest request{key.public_key(),      key.sealing_key(),     "渠东社区",
                                  1'767'225'600'000'000, 1'768'435'200'000'000, to};
  const auto bytes = request.encode(key);
  CHECK(node::letter_text(node::kRequestPrefix, bytes) ==
        "linli-request:gliqhwFYIAFOTZIsWWo4Ct_J7tci6DWCLxI2dhaT5Lq7YeGvuw\n"
        "TxWCDwj24DwLYE_S6kC8U5xT1QhWMTXdQkywAhswc6mrhZAmzmuKDkuJznpL7ljL\n"
        "obAAZHSEYgQAAbAAZIYefngACCWCDBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\n"
        "HBwcHBwVggVLDYHQ-n0A5KfWAN-rpvKyIDWyL-M14X7fX5qluwUHRYQN3XVWzrTw\n"
        "F2zhWtyuA7A4pPpfiMSY18QEMYJYVKlvt3qVdsHE2gkug1cxcOHbeT30wHrqZIsA\n"
        "Z96yR-uVSvUw4.\n");
  CHECK(crypto::to_hex(node::request_hash(bytes).view()) ==
        "965f5e56a0651d0b98cc5798888e43103a8c26fa553271be5118bc06ad34aecd");
  CHECK(request.words().zh() == "邮票 桌子 东方 柳树  衬衫 礼物 屏幕 小麦");
  CHECK(to.words().zh() == "仓库 水牛 饭碗 报纸  卡车 绵羊 喜鹊 箱包");
  const auto read = node::JoinRequest::decode(bytes);
  REQUIRE(read);
  CHECK(read->signing_key == request.signing_key);
  CHECK(read->name == request.name);
  CHECK(read->to == to);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto bad = bytes;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK_FALSE(node::JoinRequest::decode(bad));
  }
}

TEST_CASE("admission: a machine joins by two letters and no line", "[node]") {
  Scene s;
  const auto request = s.ask();
  CHECK(s.ask() == request);  // Asked again: the same, nothing lost.
  CHECK_FALSE(Replica::open(s.dir, s.clock));
  const auto admission = s.admit(request);
  const auto admitted = node::check_answer(s.dir, admission, s.clock);
  REQUIRE(admitted);
  CHECK(admitted->by == node::issuer_of(*s.hub));
  CHECK(admitted->certificate.name == "渠东社区");
  REQUIRE(node::accept_answer(s.dir, *admitted, "http://hub.example:1", s.clock));
  CHECK(node::is_joined_by(s.dir, admission));
  CHECK_FALSE(node::joining(s.dir));

  // Both sides once more: nothing changes, nothing breaks.
  const auto nodes = rows(s.hub, "SELECT count(*) FROM r_certificate");
  CHECK(s.admit(request) != "");
  CHECK(rows(s.hub, "SELECT count(*) FROM r_certificate") == nodes);
  CHECK(node::check_answer(s.dir, admission, s.clock).error().code == Errc::not_found);
  CHECK(node::ask_to_join(s.dir, "", "", {}, s.clock).error().code == Errc::bad_usage);

  s.city.nodes.push_back(std::make_unique<Node>(s.dir, s.city.time));
  auto& office = *s.city.nodes.back();
  office.open();
  CHECK(office->identity().scope == kOffice);
  CHECK(exchange(office, s.hub).refusals.empty());
}

TEST_CASE("admission: refuses a wrong or altered or swapped or late answer", "[node]") {
  Scene s;
  const auto request = s.ask();
  const auto admission = s.admit(request);
  for (std::size_t at = 0; at < admission.size(); ++at) {
    auto bad = admission;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    CHECK_FALSE(node::read_admission(bad, request, s.clock.now()));
  }
  for (std::size_t size = 0; size < admission.size(); size += 7) {
    CHECK_FALSE(node::read_admission(admission.substr(0, size), request, s.clock.now()));
  }
  CHECK(s.answer_error("") == Errc::malformed);
  CHECK(s.answer_error(request) == Errc::malformed);

  // Another machine's answer from the same hub, and another city's to this very request.
  Scene other;
  const auto others = other.ask();
  CHECK(s.answer_error(s.admit(others)) == Errc::wrong_recipient);
  const auto elsewhere = other.admit(request);
  const auto from_elsewhere = node::check_answer(s.dir, elsewhere, s.clock);
  REQUIRE(from_elsewhere);  // Well made: only its words tell.
  CHECK_FALSE(from_elsewhere->by.words() == node::issuer_of(*s.hub).words());

  s.later(31);
  CHECK(s.answer_error(admission) == Errc::expired);
}

TEST_CASE("admission: who was asked by name is the only one who can answer", "[node]") {
  Scene s, other;
  const auto request = s.ask(node::issuer_of(*s.hub));
  CHECK(other.admit_error(request, Scene::decide(request)) == Errc::forbidden);
  CHECK(node::take_request(*other.hub, request).error().code == Errc::forbidden);
  CHECK(node::check_answer(s.dir, s.admit(request), s.clock));
}

TEST_CASE("admission: the person's word decides", "[node]") {
  Scene s, other;
  const auto request = s.ask();
  auto decision = Scene::decide(request);
  decision.words = Scene::decide(other.ask()).words;  // Somebody swapped the file on its way.
  CHECK(s.admit_error(request, decision) == Errc::bad_value);
  decision.words.clear();
  CHECK(s.admit_error(request, decision) == Errc::bad_value);
  decision = Scene::decide(request);
  decision.place.scope = "410800/1";
  CHECK(s.admit_error(request, decision) == Errc::out_of_scope);
  decision.place.scope = "not a scope";
  CHECK(s.admit_error(request, decision) == Errc::bad_value);
  decision = Scene::decide(request);
  decision.place.role = Role::hub;
  CHECK(s.admit_error(request, decision) == Errc::bad_value);
  decision.place.role = Role::office;
  s.later(15);
  CHECK(s.admit_error(request, decision) == Errc::expired);
  // A new request with the same key: the words that were compared stay.
  const auto again = s.ask();
  CHECK(again != request);
  CHECK(Scene::decide(again).words == decision.words);
  REQUIRE(node::admit(*s.hub, again, decision));
  decision.place.name = "别的名字";
  CHECK(s.admit_error(again, decision) == Errc::forbidden);
}

TEST_CASE("admission: a node that may not enrol admits nobody", "[node]") {
  Scene s;
  auto& device = s.city.enrol(kOffice, "手机", Role::device);
  const auto request = s.ask();
  CHECK(node::admit(*device, request, Scene::decide(request)).error().code == Errc::forbidden);
  CHECK(node::take_request(*device, request).error().code == Errc::forbidden);
  auto& district = s.city.enrol(kDistrict, "红旗区", Role::district);
  const auto decided = node::admit(*district, request, Scene::decide(request));
  REQUIRE(decided);
  const auto admitted = node::check_answer(s.dir, decided->admission, s.clock);
  REQUIRE(admitted);
  CHECK(admitted->issuer_name == "红旗区");
  // Its key is a member now: the hub doesn't make it another one.
  exchange(district, s.hub);
  CHECK(s.admit_error(request, Scene::decide(request)) == Errc::forbidden);
}

TEST_CASE("admission: a folder that a power cut left half made joins all the same", "[node]") {
  Scene s;
  const auto admission = s.admit(s.ask());
  const auto admitted = node::check_answer(s.dir, admission, s.clock);
  REQUIRE(admitted);
  { REQUIRE(store::Store::create(node::DataDir(s.dir).database())); }
  REQUIRE(node::accept_answer(s.dir, *admitted, "", s.clock));
  CHECK(Replica::open(s.dir, s.clock));
}

TEST_CASE("admission: a failed beginning leaves nothing behind", "[node]") {
  Scene s;
  CHECK(node::ask_to_join(s.dir, std::string(201, 'x'), "", {}, s.clock).error().code ==
        Errc::bad_value);
  CHECK_FALSE(fs::exists(s.dir));
  fs::create_directories(s.dir);
  std::ofstream(s.dir / "letter.txt") << "somebody's";
  CHECK(node::ask_to_join(s.dir, "", "", {}, s.clock).error().code == Errc::not_a_data_dir);
  CHECK(contents(s.dir).size() == 1);
}

// ---- Requests that wait for a person ------------------------------------------------------------

TEST_CASE("pending: a request waits until somebody decides", "[node]") {
  Scene s;
  const auto request = s.ask(node::issuer_of(*s.hub));
  for (int i = 0; i < 3; ++i) {
    const auto said = node::take_request(*s.hub, request);
    REQUIRE(said);
    CHECK_FALSE(*said);
  }
  auto list = node::pending(*s.hub);
  REQUIRE(list.size() == 1);
  CHECK(list[0].name == "渠东社区");
  CHECK(list[0].words.are(Scene::decide(request).words));
  s.hub.close();
  s.hub.open();
  CHECK(node::pending(*s.hub).size() == 1);

  const auto id = crypto::to_hex(list[0].id.view());
  Json body{{"id", id.substr(0, 8)}, {"role", "office"}, {"scope", kOffice}, {"words", "别的"}};
  CHECK(node::admit_json(*s.hub, body).error().field == "words");
  body["words"] = list[0].words.en();
  const auto decided = node::admit_json(*s.hub, body);
  REQUIRE(decided);
  CHECK((*decided)["replaces"].empty());
  CHECK(node::pending(*s.hub).empty());
  const auto said = node::take_request(*s.hub, request);
  REQUIRE((said && *said));
  const auto admitted = node::check_answer(s.dir, **said, s.clock);
  REQUIRE(admitted);
  CHECK(admitted->certificate.name == "渠东社区");
}

TEST_CASE("pending: who was refused is told so, and isn't listed again", "[node]") {
  Scene s;
  const auto request = s.ask();
  REQUIRE(node::take_request(*s.hub, request));
  const auto id = node::pending(*s.hub).at(0).id;
  REQUIRE(node::refuse_request(*s.hub, id));
  CHECK(node::pending(*s.hub).empty());
  CHECK(node::refuse_request(*s.hub, id).error().code == Errc::not_found);
  CHECK(node::take_request(*s.hub, request).error().code == Errc::forbidden);
  CHECK(node::pending(*s.hub).empty());
  // After its time it may ask anew.
  s.later(15);
  CHECK(node::take_request(*s.hub, s.ask()));
  CHECK(node::pending(*s.hub).size() == 1);
}

TEST_CASE("pending: the list is bounded", "[node]") {
  Scene s;
  const auto ask_as = [&](int n, const std::string& from = "one") {
    const auto key = crypto::SigningKey::from_seed(std::string(31, 'x') + static_cast<char>(n));
    const auto now = s.clock.now();
    const node::JoinRequest request{
        key.public_key(), key.sealing_key(), "x", now, now + 1'000'000, {}};
    return node::take_request(*s.hub, request.encode(key), from);
  };
  const auto most = static_cast<int>(node::kPendingMax);
  for (int i = 0; i < most; ++i) REQUIRE(ask_as(i));
  CHECK(ask_as(most).error().code == Errc::slow_down);
  CHECK(ask_as(0));
  REQUIRE(node::refuse_request(*s.hub, node::pending(*s.hub).at(3).id));
  CHECK(ask_as(most));
  CHECK(node::pending(*s.hub).size() == node::kPendingMax);
  SECTION("who fills it leaves half of it to another network") {
    const auto first = node::pending(*s.hub).front().id;
    for (int i = 0; i < most / 2; ++i) REQUIRE(ask_as(100 + i, "other"));
    CHECK(ask_as(200, "other").error().code == Errc::slow_down);
    CHECK(ask_as(201, "one").error().code == Errc::slow_down);
    CHECK(ask_as(202, "third"));
    CHECK(node::pending(*s.hub).size() == node::kPendingMax);
    CHECK(node::pending(*s.hub).front().id == first);  // Whoever came first stays.
  }
  s.later(15);
  CHECK(node::pending(*s.hub).empty());
}

// ---- A machine that was lost --------------------------------------------------------------------

TEST_CASE("replaced: a machine that joins anew takes the place of the one before", "[node]") {
  Scene s;
  auto& lost = s.city.enrol(kOffice, "渠东社区");
  const auto old_id = crypto::to_hex(lost->identity().author.view());
  auto& neighbour = s.city.enrol(kOtherOffice, "渠东社区");
  const auto request = s.ask();
  const auto decided = node::admit(*s.hub, request, Scene::decide(request));
  REQUIRE(decided);
  REQUIRE(decided->replaces.size() == 1);
  CHECK(decided->replaces[0] == lost->identity().author);
  const auto new_id =
      crypto::to_hex(crypto::author_of(node::JoinRequest::decode(request)->signing_key).view());
  std::map<std::string, Json> replaced;
  const auto nodes = store::list_nodes(s.hub->store());
  for (const auto& item : nodes["items"]) {
    replaced[item.value("author", "")] = item["replaced_by"];
  }
  CHECK(replaced.at(old_id) == Json(new_id));
  CHECK(replaced.at(new_id).is_null());
  CHECK(replaced.at(crypto::to_hex(neighbour->identity().author.view())).is_null());
  CHECK(replaced.at(crypto::to_hex(s.hub->identity().author.view())).is_null());
}

}  // namespace linli::test
