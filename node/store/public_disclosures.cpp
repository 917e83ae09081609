// Disclosures as owners see them: what was published, each version of it.
#include <algorithm>

#include "node/store/public_detail.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr std::size_t kDisclosuresMax = 300;  ///< Of a compound: some ten years of them.
constexpr std::size_t kVersionsMax = 50;

const Board::Fields kShort{"kind",        "kind_code",   "period", "revision",     "company",
                           "period_from", "period_to",   "due_on", "published_at", "channels",
                           "opening_fen", "closing_fen", "status"};
// Neither who prepared it nor what somebody objected: both are about people. The answer is the
// company's word.
const Board::Fields kWhole{"kind",     "kind_code",   "period",      "revision", "company",
                           "compound", "period_from", "period_to",   "due_on",   "published_at",
                           "channels", "opening_fen", "closing_fen", "lines",    "note",
                           "answer",   "answered_on", "status"};
const Board::Fields kKindFields{"code", "name", "content", "basis", "obliged", "ledger"};

/// Σ of a direction, in fen; what doesn't fit is told to nobody as a number.
Json sum_of(const Json& lines, std::string_view direction) {
  std::int64_t total = 0;
  for (const auto& line : lines) {
    if (line.value("direction", Json::object()).value("code", "") != direction) continue;
    if (__builtin_add_overflow(total, line.value("amount_fen", std::int64_t{0}), &total)) {
      return nullptr;
    }
  }
  return total;
}

/// `lines` may stand in `json`: a new member moves the others.
void add_sums(Json& json, const Json& lines) {
  auto income = sum_of(lines, "income"), cost = sum_of(lines, "cost");
  json["income_fen"] = std::move(income);
  json["cost_fen"] = std::move(cost);
}

Json whole_json(Board& board, Row& row) {
  auto json = board.show(row, kWhole);
  if (!json.contains("lines")) json["lines"] = Json::array();
  add_sums(json, json["lines"]);
  return json;
}

bool is_published(const Board& board, const Row& row) {
  const auto state = board.code(row, "status");
  const auto& states = published_states();
  return std::find(states.begin(), states.end(), state) != states.end();
}

std::optional<Row> published(Board& board, const sync::RecordId& id) {
  auto row = board.one("disclosure", id);
  if (!row || !is_published(board, *row)) return std::nullopt;
  return row;
}

Error not_here() {
  return {Errc::not_found, "没有这份已公示的信息 no such published disclosure here", "id"};
}

std::string text_in(const Row& row, std::string_view field) {
  return std::string(model::ViewOf(row.record)->text(row.record.type->field(field)->number));
}
std::int64_t number_in(const Row& row, std::string_view field) {
  return model::ViewOf(row.record)->integer(row.record.type->field(field)->number).value_or(0);
}

/// The same kind and period of the same compound, published before.
Json earlier_json(Board& board, const Row& row) {
  auto list = Json::array();
  const auto compound = board.followed(row, "compound");
  if (!compound) return list;
  for (auto& other : board.all("disclosure", "compound", *compound, published_states(),
                               "\"revision\" DESC, _rec DESC", kDisclosuresMax)) {
    if (text_in(other, "kind_code") != text_in(row, "kind_code") ||
        text_in(other, "period") != text_in(row, "period") ||
        number_in(other, "revision") >= number_in(row, "revision") || list.size() == kVersionsMax) {
      continue;
    }
    list.push_back(whole_json(board, other));
  }
  return list;
}

}  // namespace

namespace reading {

const Board::Fields& published_states() {
  static const Board::Fields kStates{"published", "objected", "answered", "superseded"};
  return kStates;
}

Json disclosures_of(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& row :
       board.all("disclosure", "compound", compound, {"published", "objected", "answered"},
                 "coalesce(\"period_to\", \"due_on\") DESC, _rec DESC", kDisclosuresMax)) {
    auto json = board.show(row, kShort);
    const auto lines = board.show(row, {"lines"});
    add_sums(json, lines.value("lines", Json::array()));
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace reading

Result<Json> public_disclosure(Store& store, const sync::RecordId& id) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Board board(store, *lease);
    auto row = published(board, id);
    if (!row) return fail(not_here());
    auto json = whole_json(board, *row);
    if (auto kind = board.followed(*row, "kind")) json["about"] = board.show(*kind, kKindFields);
    json["earlier"] = earlier_json(board, *row);
    return json;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<std::string> scope_of_public_disclosure(Store& store, const sync::RecordId& id) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Board board(store, *lease);
    const auto row = published(board, id);
    if (!row) return fail(not_here());
    return row->record.scope;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
