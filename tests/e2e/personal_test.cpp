// A value that is erased is gone from the disks of all who hear of it: an office, a street that was
// away, a desk that was put back from a backup, a stick from before; and everything else holds.
#include <fstream>

#include "tests/e2e/city.h"

namespace linli::e2e {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::string kStreet = "410700/410702/410702003";
// Made up; of letters that no index of texts cuts.
const std::string kSigner = "Qianziren-Jia-7001", kWord = "mentionsperson7002";

bool files_hold(const std::string& folder, const std::string& value) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    if (bytes.find(value) != std::string::npos) return true;
  }
  return false;
}

std::string figures(City& city) {
  std::string all;
  for (const auto* name : {"inspections", "inspection_coverage"}) {
    const auto ran = linli(city.scratch, {"stats", name, "--data", city.hub.data(), "--from",
                                          "2023-01-01", "--to", "2024-01-01", "--json"});
    if (ran.code != 0) continue;
    const auto json = Json::parse(ran.out);
    all += json["rows"].dump() + json["total"].dump();
  }
  return all;
}

Json fields_at(Node& node, const std::string& id) {
  const auto answer = node.send("GET", "/api/v1/records/inspection/" + id);
  if (!answer || answer->status != 200) return {};
  return Json::parse(answer->body)["fields"];
}

bool is_erased(const Json& fields, const char* name) {
  return fields.contains(name) && fields[name].is_object() && fields[name].value("erased", false);
}

}  // namespace

TEST_CASE(
    "erased everywhere: by those away, from a stick, from a backup, while figures and proofs hold",
    "[e2e][I10]") {
  City city({kCommunityA, kCommunityA, kStreet});
  auto& office = city.office(0);
  auto& desk = city.office(1);
  auto& street = city.office(2);
  REQUIRE(office.batch("compound", {compound(1)}));
  auto record = inspection("410702003901101", 3);
  record["site_signer"] = kSigner;
  record["note"] = "有人说 " + kWord + " 在场";
  const auto put = office.batch("inspection", {record, inspection("410702003901101", 4)});
  REQUIRE(put);
  const auto id = put->front()["id"].get<std::string>();
  REQUIRE(office
              .send("PATCH", "/api/v1/records/inspection/" + id,
                    Json{{"site_signer", kSigner + "-bis"}}.dump())
              ->status == 200);
  // Through the hub, which may not read the signer, the note gets to the others, and no more.
  const auto has_note = [&](Node& node) {
    const auto fields = fields_at(node, id);
    return fields.contains("note") && fields["note"].is_string();
  };
  app::eventually("the desk and the street have it", 60s,
                  [&] { return has_note(desk) && has_note(street); });
  const auto before = figures(city);
  REQUIRE(before.find('1') != std::string::npos);
  REQUIRE(files_hold(street.data(), kWord));
  REQUIRE(files_hold(city.hub.data(), kWord));
  REQUIRE_FALSE(files_hold(city.hub.data(), kSigner));  // Without the right it never had it.

  const auto backup = (city.scratch / "desk.backup").string();
  must(city.scratch, {"backup", "--data", desk.data(), backup});
  const auto stick = (city.scratch / "stick.linli").string();
  must(city.scratch,
       {"bundle", "export", "--data", office.data(), "--for", "示例社区2", "--all", stick});
  street.kill();

  // Said first, then done; the answer comes when the disk is clean.
  const auto plan =
      Json::parse(must(city.scratch, {"erase", "--data", office.data(), id, "--field",
                                      "site_signer", "--field", "note", "--dry-run", "--json"}));
  CHECK(plan["fields"].size() == 2);
  CHECK(plan["fields"][0]["versions"].get<int>() + plan["fields"][1]["versions"].get<int>() == 3);
  CHECK(linli(city.scratch, {"erase", "--data", office.data(), id, "--field", "note"}).code == 1);
  const auto done = Json::parse(
      must(city.scratch, {"erase", "--data", office.data(), id, "--field", "site_signer", "--field",
                          "note", "--reason", "本人申请", "--json"}));
  CHECK(done["done"] == "erased");
  CHECK(done["cleared"] == true);
  CHECK_FALSE(files_hold(office.data(), kSigner));
  CHECK_FALSE(files_hold(office.data(), kWord));

  // The desk is put back from the backup, the street comes back and gets the old stick.
  app::eventually("the hub has heard", 60s,
                  [&] { return is_erased(fields_at(city.hub, id), "note"); });
  desk.kill();
  fs::remove_all(desk.data());
  must(city.scratch, {"restore", "--data", desk.data(), backup});
  REQUIRE(files_hold(desk.data(), kWord));
  desk.start();
  street.start();
  app::eventually("everybody has heard", 60s, [&] {
    return is_erased(fields_at(desk, id), "site_signer") &&
           is_erased(fields_at(street, id), "site_signer");
  });
  must(city.scratch, {"bundle", "import", "--data", street.data(), stick});
  CHECK(is_erased(fields_at(street, id), "note"));
  CHECK(Json::parse(
            must(city.scratch, {"search", "--data", city.hub.data(), kWord, "--json"}))["items"]
            .empty());
  CHECK(figures(city) == before);
  const auto audit = must(city.scratch, {"audit", "list", "--data", office.data(), "--json"});
  CHECK(audit.find("本人申请") != std::string::npos);
  // A command that went through the running node names who ran it.
  CHECK(audit.find("system user") != std::string::npos);
  CHECK(audit.find(R"("who":"console")") == std::string::npos);
  // A proof shows that it was erased, by the names of the fields.
  const auto file = (city.scratch / "erased.linli-proof").string();
  const auto made = Json::parse(must(
      city.scratch, {"prove", "--data", office.data(), "inspection", id, "--out", file, "--json"}));
  const auto proof = Json::parse(must(
      city.scratch, {"check-proof", file, "--root", made["city"].get<std::string>(), "--json"}));
  REQUIRE(proof["holds"] == true);
  CHECK(is_erased(proof["changes"].back()["fields"], "note"));
  CHECK(is_erased(proof["changes"].back()["fields"], "site_signer"));

  // A new node begins after all of it; then everything is looked at on the disks.
  must(city.scratch, {"prove", "inspection", id, "--data", city.hub.data(), "--out",
                      (city.scratch / "proof").string()});
  app::eventually("the disks are clean", 60s, [&] {
    for (auto* node : {&city.hub, &office, &desk, &street}) {
      if (files_hold(node->data(), kSigner) || files_hold(node->data(), kWord)) return false;
    }
    return true;
  });
  for (auto* node : {&city.hub, &office, &desk, &street}) {
    node->stop();
    INFO(node->data());
    CHECK_FALSE(files_hold(node->data(), kSigner));
    CHECK_FALSE(files_hold(node->data(), kWord));
  }
  city.verify();
  for (auto* node : {&city.hub, &office}) {
    must(city.scratch, {"rebuild", "--data", node->data()});
    must(city.scratch, {"verify", "--data", node->data()});
  }
  CHECK(figures(city) == before);
}

TEST_CASE("a person asks: what is held, a copy, erasure, and each is in the register",
          "[e2e][I10]") {
  City city({kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  auto record = inspection("410702003901101", 3);
  record["site_signer"] = "虚构甲人";
  REQUIRE(office.batch("inspection", {record}));
  const bool serving = GENERATE(true, false);
  if (!serving) office.stop();
  const auto found = Json::parse(
      must(city.scratch, {"person", "find", "虚构甲人", "--data", office.data(), "--json"}));
  REQUIRE(found["items"].size() == 1);
  CHECK(found.dump().find("虚构甲人") == std::string::npos);
  const auto out = (city.scratch / "copy").string();
  must(city.scratch, {"person", "export", "虚构甲人", "--data", office.data(), "--out", out});
  std::ifstream text(out + ".txt");
  CHECK(std::string((std::istreambuf_iterator<char>(text)), {}).find("虚构甲人") !=
        std::string::npos);
  CHECK((fs::status(out + ".json").permissions() & fs::perms::others_read) == fs::perms::none);
  must(city.scratch, {"person", "erase", "虚构甲人", "--data", office.data(), "--dry-run"});
  CHECK(files_hold(office.data(), "虚构甲人"));
  must(city.scratch, {"person", "erase", "虚构甲人", "--data", office.data(), "--reason", "申请"});
  CHECK_FALSE(files_hold(office.data(), "虚构甲人"));
  const auto audit = must(city.scratch, {"audit", "list", "--data", office.data(), "--json"});
  for (const auto* what : {"find: 1 records", "copy: 1 records", "erase: 1 erased, 0 refused"}) {
    CHECK(audit.find(what) != std::string::npos);
  }
  CHECK(audit.find("虚构甲人") == std::string::npos);
  const auto report =
      Json::parse(must(city.scratch, {"retention", "report", "--data", office.data(), "--json"}));
  CHECK(report["rules"].size() == 9);
  must(city.scratch, {"retention", "run", "--data", office.data(), "--dry-run"});
}

namespace {

/// What the audit log of a node has of one act of commands, the newest first.
std::vector<Json> noted(City& city, Node& node, const std::string& act) {
  std::vector<Json> found;
  const auto log =
      Json::parse(must(city.scratch, {"audit", "list", "--data", node.data(), "--json"}));
  for (const auto& item : log["items"]) {
    if (item["act"] == act && item["from"] == "console") found.push_back(item);
  }
  return found;
}

/// An assembly with one ballot, whose signature is this attachment: its record id.
std::string write_vote(Node& office, const std::string& signature) {
  const auto put = [&](const char* type, const Json& record) {
    const auto made = office.batch(type, {record});
    REQUIRE(made);
    CAPTURE(made->front().dump());
    REQUIRE(made->front().contains("id"));
    return made->front()["id"].get<std::string>();
  };
  const auto code = compound(1)["compound_code"];
  const Json parts{{{"no", "1-1-101"}, {"head", "H1"}, {"area_dm2", 9000}}};
  put("exclusive_part",
      {{"compound", code}, {"part_no", "1-1-101"}, {"area_dm2", 9000}, {"use", "dwelling"}});
  put("register_snapshot", {{"compound", code},
                            {"taken_on", "2025-11-01"},
                            {"version", 1},
                            {"rules", {"default", 1}},
                            {"parts", parts},
                            {"status", "published"}});
  const auto assembly = put("assembly", {{"compound", code},
                                         {"kind", "first"},
                                         {"seq_no", 1},
                                         {"form", "written"},
                                         {"convener", "prep_group"},
                                         {"notice_on", "2025-12-01"},
                                         {"vote_from", "2025-12-20T09:00"},
                                         {"vote_to", "2025-12-31T18:00"},
                                         {"register_snapshot", {code, "2025-11-01", 1}},
                                         {"rules", {"default", 1}},
                                         {"boxes", {"箱1"}},
                                         {"status", "announced"}});
  const Json ref{code, "first", 1};
  put("ballot_matter", {{"assembly", ref},
                        {"no", 1},
                        {"title", "使用维修资金"},
                        {"decision_kind", "use_fund"},
                        {"base", "area_all"}});
  put("ballot", {{"assembly", ref},
                 {"head", "H1"},
                 {"serial", "0001"},
                 {"parts", Json::array({"1-1-101"})},
                 {"delivery", "in_person"},
                 {"collector", "箱1"},
                 {"returned_at", "2025-12-25T10:00"},
                 {"signed", true},
                 {"signature", signature},
                 {"choices", {{"1", "agree"}}},
                 {"status", "returned"}});
  return assembly;
}

}  // namespace

TEST_CASE("what commands show of people in conflicts, votes and attachments is noted",
          "[e2e][I10]") {
  City city({kCommunityA, kCommunityA});
  auto& office = city.office(0);
  REQUIRE(office.batch("compound", {compound(1)}));
  auto record = inspection("410702003901101", 4);
  record["site_signer"] = kSigner;
  const auto put = office.batch("inspection", {record});
  REQUIRE(put);
  const auto id = put->front()["id"].get<std::string>();
  const auto path = "/api/v1/records/inspection/" + id;
  app::eventually("the desk has it", 60s, [&] { return !fields_at(city.office(1), id).empty(); });
  city.hub.stop();
  for (std::size_t i = 0; i < 2; ++i) {
    const Json edit{{"site_signer", kSigner + std::to_string(i)}};
    REQUIRE(city.office(i).send("PATCH", path, edit.dump())->status == 200);
  }
  city.hub.start();
  app::eventually("they differ", 60s,
                  [&] { return office.get("/api/v1/conflicts")["items"].size() == 1; });
  const auto data = office.data();
  const auto listed =
      Json::parse(must(city.scratch, {"conflicts", "list", "--data", data, "--json"}));
  REQUIRE(listed["items"].size() == 1);
  REQUIRE(noted(city, office, "conflict").size() == 1);
  must(city.scratch,
       {"conflicts", "show", "--data", data, listed["items"][0]["conflict"].get<std::string>()});
  const auto seen = noted(city, office, "conflict");
  REQUIRE(seen.size() == 2);
  CHECK(seen[0]["fields"] == "site_signer");
  CHECK(seen[0]["type"] == "inspection");

  const auto paper = (city.scratch / "signature.png").string();
  std::ofstream(paper, std::ios::binary) << "\x89PNG made up";
  const auto hash =
      Json::parse(must(city.scratch, {"blobs", "put", "--data", data, "--json", paper}))["hash"]
          .get<std::string>();
  must(city.scratch, {"records", "put", "--data", city.hub.data(), "vote_rules",
                      std::string(LINLI_SAMPLES) + "/vote_rules.ndjson"});
  app::eventually("the office has the rules", 60s,
                  [&] { return !office.get("/api/v1/records/vote_rules")["items"].empty(); });
  const auto assembly = write_vote(office, hash);
  must(city.scratch, {"votes", "count", "--data", data, assembly, "--rooms"});
  const auto counts = noted(city, office, "count_votes");
  REQUIRE(counts.size() == 1);
  CHECK(counts[0]["what"].get<std::string>().find(assembly) != std::string::npos);

  const auto copy = (city.scratch / "copy.png").string();
  must(city.scratch, {"blobs", "get", "--data", data, hash, "--out", copy});
  app::eventually("the running node has noted it", 20s,
                  [&] { return !noted(city, office, "attachment").empty(); });
  office.stop();
  const auto before = noted(city, office, "attachment").size();
  must(city.scratch, {"blobs", "get", "--data", data, hash, "--out", copy + "2"});
  const auto taken = noted(city, office, "attachment");
  REQUIRE(taken.size() == before + 1);
  CHECK(taken[0]["what"] == hash.substr(0, 12));

  // Settled while no node runs: the command itself notes what it writes and shows.
  const auto& conflict = listed["items"][0];
  const auto looks = noted(city, office, "conflict").size();
  must(city.scratch, {"conflicts", "resolve", "--data", data, conflict["conflict"], "--take",
                      conflict["losers"][0]["version"]});
  const auto settled = noted(city, office, "conflict");
  REQUIRE(settled.size() == looks + 1);
  CHECK(settled[0]["fields"] == "site_signer");
  CHECK(settled[0]["type"] == "inspection");
  CHECK(settled[0].dump().find(id) != std::string::npos);
}

}  // namespace linli::e2e
