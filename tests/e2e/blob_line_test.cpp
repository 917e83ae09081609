// A large photo over a bad line: nothing that came is ever sent again.
#include <fstream>
#include <random>

#include "crypto/hash.h"
#include "tests/e2e/city.h"
#include "tests/e2e/line.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::string made_up(std::size_t size) {
  std::mt19937_64 random(std::random_device{}());
  std::string bytes(size, '\0');
  for (auto& c : bytes) c = static_cast<char>(random());
  return bytes;
}

int port_in(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }

/// An office that reaches its hub by a line of ours only.
struct Scene {
  City city{std::vector<std::string>{}};
  Line line{port_in(city.hub.url()), {}};
  Node office{city.scratch, "office"};

  Scene() {
    auto invitation = must(city.scratch, {"invite", "--data", city.hub.data(), "--role", "office",
                                          "--scope", kCommunityA, "--name", "示例社区"});
    invitation.erase(invitation.find_last_not_of(" \n") + 1);
    must(city.scratch, {"join", "--data", office.data(), invitation, "--hub", line.url()});
    office.start();
    app::eventually("the office has the templates", 60s,
                    [&] { return office.get("/api/v1/records/template")["items"].size() > 0; });
    REQUIRE(office.batch("compound", {compound(1)}));
  }

  /// Puts a photo into the office as its people would; the answer is its name.
  std::string put(const std::string& bytes) {
    const auto file = city.scratch / "photo.jpg";
    std::ofstream(file, std::ios::binary) << bytes;
    const auto said =
        Json::parse(must(city.scratch, {"blobs", "put", "--data", office.data(), "--json", file}));
    CHECK(said["hash"] == crypto::to_hex(crypto::hash({bytes}).view()));
    return said["hash"];
  }
  void refer_to(const std::string& photo) {
    const auto made = office.batch("inspection", {inspection("410702003901101", 1)});
    REQUIRE(made);
    const auto found = office.batch("finding", {{{"inspection", (*made)[0]["id"]},
                                                 {"item_code", "F06"},
                                                 {"severity", "minor"},
                                                 {"description", "堆放杂物"},
                                                 {"place", "3号楼"},
                                                 {"responsible", "company"},
                                                 {"photos", {photo}},
                                                 {"status", "open"}}});
    REQUIRE(found);
    INFO((*found)[0].dump());
    REQUIRE((*found)[0]["done"] == "created");
  }
};

/// Bytes of attachments that the node has, complete or in part; 0 while it is away.
std::size_t bytes_at(Node& node) {
  if (!node.running()) return 0;
  const auto blobs = node.get("/api/v1/node")["blobs"];
  return blobs["bytes"].get<std::size_t>() + blobs["part_bytes"].get<std::size_t>();
}

// 30 kbit/s, cut every 60 s, is 225 KB between two cuts. The same here, `faster` times as fast.
void send_photo_with_kills(int faster, std::chrono::milliseconds delay) {
  constexpr std::size_t kSize = 20'000'000;
  const std::int64_t rate = 3'750 * faster;
  const double ideal = double(kSize) / double(rate);
  Scene s;
  const auto bytes = made_up(kSize);
  const auto photo = s.put(bytes);
  s.line.change({rate, rate, delay, std::chrono::milliseconds(60s) / faster, 0});
  const auto up = s.line.bytes_up();
  const auto began = Clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
  s.refer_to(photo);

  std::size_t next_kill = kSize / 8;
  int kills = 0;
  while (bytes_at(s.city.hub) < kSize) {
    REQUIRE(passed() < std::max(300.0, 1.5 * ideal));
    std::this_thread::sleep_for(100ms);
    if (bytes_at(s.city.hub) < next_kill) continue;
    auto& dies = ++kills % 2 ? s.office : s.city.hub;
    dies.kill();
    dies.start();
    next_kill += kSize / 8;
  }
  app::eventually("it is complete at the hub", 20s,
                  [&] { return s.city.hub.get("/api/v1/node")["blobs"]["held"] == 1; });
  const auto took = passed();
  const auto sent = static_cast<double>(s.line.bytes_up() - up);
  WARN("bytes over the line: " << sent / kSize << " of the photo, time: " << took / ideal
                               << " of the ideal, cuts: " << s.line.cuts() << ", kills: " << kills);
  CHECK(sent <= 1.1 * kSize);
  CHECK(s.line.cuts() > 50);
  CHECK(kills >= 7);
  if (faster == 1) CHECK(took <= 1.1 * ideal);  // A restart costs a hundred times as much else.
  CHECK(s.city.hub.send("GET", "/api/v1/blobs/" + photo)->body == bytes);
  s.line.change({});
  app::eventually("the office knows that the hub has it", 20s,
                  [&] { return s.office.get("/api/v1/node")["blobs"]["to_send"] == 0; });
  must(s.city.scratch, {"verify", "--data", s.city.hub.data()});
  must(s.city.scratch, {"verify", "--data", s.office.data()});
}

}  // namespace

TEST_CASE("a 20 MB photo over a line that is cut again and again, with kills on both sides",
          "[e2e][blobs][I1]") {
  send_photo_with_kills(100, 5ms);
}

TEST_CASE("the same at full size: 30 kbit/s, cut every 60 s (90 minutes)", "[.full][photo]") {
  send_photo_with_kills(1, 100ms);
}

TEST_CASE("a photo comes down when somebody asks, over the same kind of line, and comes whole",
          "[e2e][blobs]") {
  constexpr std::size_t kSize = 3'000'000;
  Scene s;
  const auto bytes = made_up(kSize);
  const auto photo = s.put(bytes);
  s.refer_to(photo);
  app::eventually("the hub has it", 30s,
                  [&] { return s.city.hub.get("/api/v1/node")["blobs"]["held"] == 1; });
  // A second machine in the same office, which has the record and not the photo.
  Node other(s.city.scratch, "other");
  auto invitation = must(s.city.scratch, {"invite", "--data", s.city.hub.data(), "--role", "office",
                                          "--scope", kCommunityA, "--name", "示例社区二"});
  invitation.erase(invitation.find_last_not_of(" \n") + 1);
  must(s.city.scratch, {"join", "--data", other.data(), invitation, "--hub", s.line.url()});
  other.start();
  app::eventually("it has the record", 30s,
                  [&] { return other.get("/api/v1/node")["blobs"]["missing"] == 1; });
  s.line.change({375'000, 375'000, 5ms, 600ms, 0});
  const auto down = s.line.bytes_down();
  const auto file = s.city.scratch / "got.jpg";
  std::jthread killer([&] {
    std::this_thread::sleep_for(3s);  // In the midst of it.
    other.kill();
  });
  (void)linli(s.city.scratch, {"blobs", "get", "--data", other.data(), photo, "--out", file});
  killer.join();
  other.start();
  app::eventually("it answers to its hub", 20s,
                  [&] { return other.get("/api/v1/node")["upstream"]["state"] == "ok"; });
  must(s.city.scratch, {"blobs", "get", "--data", other.data(), photo, "--out", file});
  CHECK(app::read_file(file) == bytes);
  const auto came = static_cast<double>(s.line.bytes_down() - down);
  WARN("bytes over the line: " << came / kSize << " of the photo");
  CHECK(came <= 1.15 * kSize);
  must(s.city.scratch, {"verify", "--data", other.data()});
}

}  // namespace linli::e2e
