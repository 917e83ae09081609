// Owners' questions: shown once their owner agreed, an office looked at them, and they are
// answered.
#include "node/store/public_detail.h"

namespace linli::store {

using namespace reading;

namespace {

constexpr std::size_t kQuestionsMax = 100;

const Board::Fields kAnswered{"about_kind", "text", "received_at", "reply", "replied_on", "status"};
const Board::Fields kStanding{"about_kind", "received_at", "reply_due_on", "replied_on", "status"};

bool is_shown(const Board& board, const Row& row) {
  return board.code(row, "publicity") == "shown" &&
         model::ViewOf(row.record)->has(row.record.type->field("reply")->number);
}

}  // namespace

namespace reading {

Json questions_of(Board& board, const Row& compound) {
  auto list = Json::array();
  for (auto& row : board.all("feedback", "compound", compound,
                             {"answered", "confirmed", "unsatisfied", "closed"},
                             "\"received_at\" DESC, _rec DESC", kQuestionsMax)) {
    if (is_shown(board, row)) list.push_back(board.show(row, kAnswered));
  }
  return list;
}

}  // namespace reading

Result<Json> public_questions(Store& store, const sync::RecordId& compound) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Board board(store, *lease);
    const auto row = board.one("compound", compound);
    if (!row) {
      return fail(Errc::not_found, "本节点没有这个小区 no such compound here", "compound");
    }
    return Json{{"items", questions_of(board, *row)}};
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

Result<Json> public_question(Store& store, const sync::RecordId& id) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    Board board(store, *lease);
    auto row = board.one("feedback", id);
    // What came to the office by other ways has no standing here.
    if (!row || board.code(*row, "publicity").empty()) {
      return fail(Errc::not_found, "没有这条提问 no such question here", "id");
    }
    auto json = board.show(*row, kStanding);
    json["shown"] = is_shown(board, *row);
    if (is_shown(board, *row)) json.update(board.show(*row, kAnswered));
    return json;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
