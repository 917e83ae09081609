// tests/node/erasing_scene.h: a city in which an inspection is erased, and how tests look for it.
#pragma once

#include <string>
#include <vector>

#include "node/erasing.h"
#include "tests/support/photos.h"

namespace linli::test {

namespace fs = std::filesystem;

// Made up, so that a search through the files finds them. (The index has pieces of three letters.)
inline constexpr const char* kSigner = "Qianziren-Wu-0001";
inline constexpr const char* kNote = "Beizhu mentionsperson0002 here";
inline constexpr const char* kNoteWord = "mentionsperson0002";

inline std::string inspection_json(const std::string& signer, const std::string& note) {
  return R"({"compound":"410702003901001","kind":"routine","template":["t",1],
    "inspectors":["J001","J002"],"started_at":"2025-05-01T09:00","ended_at":"2025-05-01T10:00",
    "results":{"F01":"ok"},"status":"submitted","note":")" +
         note + R"(","site_signer":")" + signer + R"("})";
}

inline node::ErasureRequest request_for(const Outcome& record, std::vector<std::string> fields,
                                        const char* type = "inspection") {
  return {&type_of(type), record.scope, record.id, std::move(fields), "request", {}};
}

inline void erase(Node& node, const Outcome& record, const std::vector<std::string>& fields,
                  const char* type = "inspection") {
  const auto done = node::erase(*node, {request_for(record, fields, type)});
  if (!done) FAIL(describe(done.error()));
  CHECK(refusal(done->outcomes.front()) == "");
  CHECK(done->cleared);
}

/// Nothing of it is on this node's disk, and all that can be checked holds.
inline void check_clean(Node& node, const std::vector<std::string>& gone) {
  INFO(node->identity().name);
  REQUIRE(node->finish_erasing().value_or(false));
  for (const auto& value : gone) {
    INFO(value);
    CHECK_FALSE(files_hold(node, value));
  }
  CHECK(faults(node) == std::vector<std::string>{});
  const auto differences = node->store().compare_projections({});
  REQUIRE(differences);
  CHECK(*differences == std::vector<std::string>{});
}

/// An office with a second desk, a street and the hub; all have met.
struct ErasingScene {
  City city;
  Node& hub = city.hub();
  Node& street = city.enrol(kStreet, "东街街道", crypto::Role::street);
  Node& office = city.enrol(kOffice, "示例社区");
  Node& desk = city.enrol(kOffice, "第二工位");
  Outcome record;

  ErasingScene() {
    settle();
    put(office, "compound", compound("410702003901001"));
    settle();
    record = put(office, "inspection", inspection_json(kSigner, kNote));
    settle();
  }
  void settle() {
    for (int i = 0; i < 2; ++i) {
      for (auto* node : {&street, &office, &desk}) exchange(*node, hub);
    }
  }
  std::vector<Node*> all() { return {&hub, &street, &office, &desk}; }
};

/// What the node hands out of its whole log, as it would to the reader.
inline std::vector<sync::Object> pages_for(Node& node, Node& reader) {
  auto page = node->page(reader->identity().certificate, {}, true);
  REQUIRE(page);
  return std::move(page->objects);
}

inline std::string shown(Node& node, const Outcome& record, const char* name,
                         const char* type = "inspection") {
  const auto json = get(node, type, record);
  return json.is_null() ? "?" : json["fields"].value(name, Json()).dump();
}
inline const std::string kErased = R"({"erased":true})";

}  // namespace linli::test
