// tests/model/fixture.h: records from JSON, and a shelf to look them up on.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "node/model/json.h"

namespace linli::model::test {

inline const Hash kCity = Hash::of(std::string(32, 'c'));
inline constexpr std::string_view kCityScope = "410700";
inline constexpr std::string_view kOwnScope = "410700/410702/410702003/410702003901";

inline Frame frame() { return {kCity, std::string(kCityScope), std::string(kOwnScope), {}}; }

/// Shows what was wrong when a REQUIRE fails.
inline std::string told(const std::vector<Fault>& faults) {
  std::string text;
  for (const auto& f : faults) text += f.field + ": " + f.en + "; ";
  return text;
}

inline const RecordType& type_of(std::string_view name) {
  const auto* type = schema().type(name);
  REQUIRE(type != nullptr);
  return *type;
}

/// What a node holds.
class Shelf : public Lookup {
 public:
  void put(const Record& record) {
    records_[{record.type->number, record.scope, record.id}] = record;
  }
  [[nodiscard]] const Hash& city() const override { return kCity; }
  [[nodiscard]] std::optional<Record> find(std::uint32_t type, std::string_view scope,
                                           const sync::RecordId& id) const override {
    const auto at = records_.find({type, std::string(scope), id});
    if (at == records_.end()) return {};
    return at->second;
  }

 private:
  std::map<std::tuple<std::uint32_t, std::string, sync::RecordId>, Record> records_;
};

inline constexpr Moment kNow{.now = 1'700'000'000'000'000, .today = 19'675};  // 2023-11-14, local

/// A record as the replica would have it: read, its state moved, derived. No rules looked at yet.
inline Result<Record> authored(std::string_view type_name, std::string_view json,
                               const Lookup& lookup = Shelf()) {
  const auto& type = type_of(type_name);
  const auto draft = read_draft(type, Json::parse(json), frame());
  if (!draft) return fail(Errc::bad_input, told(draft.error()));
  Record record = draft->fields;
  static std::int64_t next = 1'600'000'000'000'000;
  if (!draft->id) record.id = sync::new_record_id(++next);
  if (draft->state) {
    const auto& state = *type.field(type.state);
    const auto value = value_from_json(state, Json(*draft->state), std::string(kOwnScope), frame());
    if (!value) return fail(value.error());
    record.set(state.number, *value);
  }
  if (type.derive) {
    if (auto derived = type.derive(record, lookup, kNow); !derived) return fail(derived.error());
  }
  return record;
}

inline Record made(std::string_view type_name, std::string_view json,
                   const Lookup& lookup = Shelf()) {
  auto record = authored(type_name, json, lookup);
  INFO(json);
  if (!record) FAIL(describe(record.error()));
  return *record;
}

/// Every fault, those of authoring included.
inline std::vector<Fault> faults_of(const Record& record, const Lookup& lookup = Shelf()) {
  const ViewOf view(record);
  auto faults = check(*view);
  if (record.type->authoring_faults) {
    record.type->authoring_faults(*view, lookup, kNow, faults);
  }
  return faults;
}

inline bool faulty(const std::vector<Fault>& faults, std::string_view field) {
  return std::any_of(faults.begin(), faults.end(),
                     [field](const Fault& f) { return f.field == field; });
}

inline std::vector<Contribution> contributions(const Record& record,
                                               const std::vector<Record>& peers = {}) {
  std::vector<std::unique_ptr<ViewOf>> kept;
  std::vector<RecordView> views;
  for (const auto& peer : peers) {
    kept.push_back(std::make_unique<ViewOf>(peer));
    views.push_back(**kept.back());
  }
  const ViewOf view(record);
  std::vector<Contribution> out;
  REQUIRE(record.type->contribute != nullptr);
  record.type->contribute(*view, views, out);
  for (const auto& c : out) {
    // The declaration says which measures a type feeds; statistics are checked against it.
    const auto& measures = record.type->measures;
    CHECK(std::find(measures.begin(), measures.end(), c.measure) != measures.end());
  }
  return out;
}

/// Σ n of one measure, and the only contribution to it.
inline std::int64_t total(const std::vector<Contribution>& all, std::string_view measure) {
  std::int64_t n = 0;
  for (const auto& c : all) n += c.measure == measure ? c.n : 0;
  return n;
}
inline const Contribution& only(const std::vector<Contribution>& all, std::string_view measure) {
  const Contribution* found = nullptr;
  for (const auto& c : all) {
    if (c.measure != measure) continue;
    REQUIRE(found == nullptr);
    found = &c;
  }
  INFO(measure);
  REQUIRE(found != nullptr);
  return *found;
}
inline bool fed(const std::vector<Contribution>& all, std::string_view measure) {
  return std::any_of(all.begin(), all.end(),
                     [measure](const Contribution& c) { return c.measure == measure; });
}

/// `json` with some members replaced (null: left out), for tables of near misses.
inline std::string with(std::string_view json, std::string_view changes) {
  auto object = Json::parse(json);
  const auto replaced = Json::parse(changes);
  for (const auto& [member, value] : replaced.items()) {
    if (value.is_null()) {
      object.erase(member);
    } else {
      object[member] = value;
    }
  }
  return object.dump();
}

}  // namespace linli::model::test
