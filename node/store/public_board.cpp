#include "node/store/public_board.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "node/model/settings.h"
#include "node/store/public_detail.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr std::size_t kTypedMax = 100;  ///< Characters of a search: no compound has a longer name.
constexpr std::size_t kSomeMax = 50;    ///< Of each part of a compound's page.

// What of each record everybody may see.
const Board::Fields kCompoundShort{"compound_code", "name",      "aliases",
                                   "address",       "community", "management_mode"};
const Board::Fields kCompound{"compound_code",
                              "name",
                              "aliases",
                              "address",
                              "location",
                              "community",
                              "kind",
                              "is_old",
                              "management_mode",
                              "building_count",
                              "household_count",
                              "floor_area_dm2",
                              "property_office_area_dm2",
                              "lift_count",
                              "parking_count",
                              "charging_point_count",
                              "first_delivery_on",
                              "party_branch",
                              "status"};
// HN 39(1) and (2): who serves here, for what price, and where to complain.
const Board::Fields kCompany{"uscc", "name", "registered_at", "phone", "complaint_phone", "status"};
const Board::Fields kContract{"kind", "start_on", "end_on", "fee_mode", "fees", "service_grade"};
const Board::Fields kStandard{"version",      "items",         "approved_on",   "approved_by",
                              "published_on", "in_force_from", "superseded_on", "status"};
const Board::Fields kCommittee{"term_no",  "elected_on", "term_start", "term_end", "seats",
                               "filed_on", "filing_no",  "status",     "status_on"};
const Board::Fields kMember{"post", "from_on", "to_on"};  // PIPL 25: no names without consent.
const Board::Fields kDecision{"no",    "decided_on", "members", "present",
                              "agree", "passed",     "text",    "published_on"};
const Board::Fields kPmc{"formed_on",      "trigger",    "members_total",
                         "members_owners", "chair_side", "published_on",
                         "ended_on",       "end_reason", "status"};
const Board::Fields kAssembly{"kind",      "seq_no",  "form",   "convener", "notice_on",
                              "vote_from", "vote_to", "status", "status_on"};
const Board::Fields kMatter{"no",       "title",      "decision_kind", "threshold", "base",
                            "building", "stair_unit", "seats",         "text"};
const Board::Fields kTally{"round",
                           "threshold",
                           "total_area_dm2",
                           "total_heads",
                           "part_area_dm2",
                           "part_heads",
                           "agree_area_dm2",
                           "agree_heads",
                           "disagree_area_dm2",
                           "disagree_heads",
                           "abstain_area_dm2",
                           "abstain_heads",
                           "invalid_area_dm2",
                           "invalid_heads",
                           "outcome",
                           "supervisor",
                           "published_on",
                           "status"};
const Board::Fields kMeetingAhead{"kind",   "planned_at", "place",  "convener",     "topic",
                                  "agenda", "noticed_on", "status", "status_reason"};
const Board::Fields kMeetingOver{"kind",  "planned_at", "held_at", "place",      "convener",
                                 "topic", "agenda",     "minutes", "minutes_on", "status"};

Json company_json(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& contract : board.all("service_contract", "compound", compound,
                                  {"active", "expiring", "open_ended"}, "\"start_on\" DESC", 5)) {
    auto json = board.show(contract, kContract);
    if (auto company = board.followed(contract, "company")) {
      json["company"] = board.show(*company, kCompany);
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json standards_json(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& row : board.all("service_standard", "compound", compound, {"published", "in_force"},
                             "\"version\" DESC", 5)) {
    list.push_back(board.show(row, kStandard));
  }
  return list;
}

Json committees_json(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& row :
       board.all("committee", "compound", compound,
                 {"elected", "filed", "active", "short", "expired"}, "\"term_no\" DESC", 3)) {
    auto json = board.show(row, kCommittee);
    json["members"] = Json::array();
    for (auto& member :
         board.all("committee_member", "committee", row, {}, "\"from_on\", _rec", kSomeMax)) {
      auto shown = board.show(member, kMember);
      shown.erase("id");  // It leads to the person.
      if (!shown.contains("to_on")) json["members"].push_back(std::move(shown));
    }
    json["decisions"] = Json::array();
    for (auto& decision : board.all("committee_decision", "committee", row, {},
                                    "\"decided_on\" DESC, _rec DESC", kSomeMax)) {
      auto shown = board.show(decision, kDecision);
      if (shown.contains("published_on")) json["decisions"].push_back(std::move(shown));
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json pmcs_json(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& row :
       board.all("pmc", "compound", compound, {"published", "active"}, "\"formed_on\" DESC", 3)) {
    list.push_back(board.show(row, kPmc));
  }
  return list;
}

/// From its announcement on; sums once they are published.
Json assemblies_json(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& row : board.all("assembly", "compound", compound,
                             {"announced", "voting", "collecting", "sealed", "counted", "published",
                              "effective", "challenged", "upheld", "revoked"},
                             "\"vote_from\" DESC, _rec DESC", 10)) {
    auto json = board.show(row, kAssembly);
    json["matters"] = Json::array();
    for (auto& matter : board.all("ballot_matter", "assembly", row, {}, "\"no\", _rec", kSomeMax)) {
      json["matters"].push_back(board.show(matter, kMatter));
    }
    json["tallies"] = Json::array();
    for (auto& tally : board.all("tally", "assembly", row, {"published", "superseded"},
                                 "\"round\", _rec", kSomeMax)) {
      auto shown = board.show(tally, kTally);
      // One that was counted and never published may have been superseded as well.
      if (!shown.contains("published_on")) continue;
      if (auto matter = board.followed(tally, "matter")) {
        shown["matter"] = sync::to_text(matter->record.id);
      }
      json["tallies"].push_back(std::move(shown));
    }
    list.push_back(std::move(json));
  }
  return list;
}

/// What was announced, and minutes that were published.
Json meetings_json(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& row :
       board.all("joint_meeting", "compound", compound,
                 {"noticed", "held", "minutes_published", "closed", "cancelled", "postponed"},
                 "\"planned_at\" DESC, _rec DESC", 20)) {
    const auto state = board.code(row, "status");
    const bool over = state == "minutes_published" || state == "closed";
    list.push_back(board.show(row, over ? kMeetingOver : kMeetingAhead));
  }
  return list;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

Json short_compounds(Board& board, const Json& found) {
  auto list = Json::array();
  for (const auto& item : found) {
    const auto id = sync::record_id(item.value("id", ""));
    auto row = id ? board.one("compound", *id) : std::nullopt;
    if (row) list.push_back(board.show(*row, kCompoundShort));
  }
  return list;
}

}  // namespace

std::int64_t public_board_setting(Store& store, const Hash& city, std::string_view city_scope) {
  struct Held final : model::Lookup {
    Store& store;
    Database& db;
    const Hash& name;
    Held(Store& s, Database& d, const Hash& city) : store(s), db(d), name(city) {}
    [[nodiscard]] std::optional<model::Record> find(std::uint32_t type, std::string_view scope,
                                                    const sync::RecordId& id) const override {
      const auto row = store.projector().table(type)->find(db, scope_number(db, scope), id);
      if (!row) return std::nullopt;
      auto record = row->record;
      record.scope = std::string(scope);
      return record;
    }
    [[nodiscard]] const Hash& city() const override { return name; }
  };
  auto lease = store.read();
  const Transaction snapshot(*lease, true);
  return model::setting(Held(store, *lease, city), city_scope, "public_board");
}

Result<Json> find_public_compounds(Store& store, const std::string& text, const std::string& cursor,
                                   std::size_t limit) {
  if (!cbor::valid_utf8(text)) return fail(Errc::bad_utf8, "the name isn't UTF-8", "q");
  if (characters(text) > kTypedMax) {
    return fail(Errc::bad_value, "最多 100 个字 at most 100 characters", "q");
  }
  if (limit < 1 || limit > 100) return fail(Errc::bad_value, "limit is 1 to 100", "limit");
  const bool any = text.find_first_not_of(" \t\r\n") == std::string::npos;
  Json items, next = nullptr;
  if (any) {
    const auto page = list_records(store, {.type = "compound", .cursor = cursor, .limit = limit});
    if (!page) return fail(page.error());
    items = page->items;
    if (page->next_cursor) next = *page->next_cursor;
  } else {
    const auto found =
        search_records(store, {.text = text, .type = "compound", .cursor = cursor, .limit = limit});
    if (!found) return fail(found.error());
    items = (*found)["items"];
    next = (*found)["next_cursor"];
  }
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Board board(store, *lease);
    return Json{{"items", short_compounds(board, items)}, {"next_cursor", next}};
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Json> public_compound(Store& store, const sync::RecordId& id) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Board board(store, *lease);
    auto compound = board.one("compound", id);
    if (!compound) {
      return fail(Errc::not_found, "本节点没有这个小区 no such compound here", "id");
    }
    auto json = board.show(*compound, kCompound);
    json["contracts"] = company_json(board, *compound);
    json["disclosures"] = disclosures_of(board, *compound);
    json["standards"] = standards_json(board, *compound);
    json["committees"] = committees_json(board, *compound);
    json["management_committees"] = pmcs_json(board, *compound);
    json["assemblies"] = assemblies_json(board, *compound);
    json["meetings"] = meetings_json(board, *compound);
    json["questions"] = questions_of(board, *compound);
    return json;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
