// node/store/public_board.h: the owner's notice board: what everybody may see of a compound.
//
// By the rules of disclosure: what was published, in figures and totals; no names, phones or rooms
// of people, and no attachments. Only what is listed in these files leaves; a new field or type
// doesn't show by itself. All functions read one consistent snapshot. Thread-safe.
#pragma once

#include "node/store/reading.h"

namespace linli::store {

/// What the bureau says about the board (setting `public_board`): 0 nobody has one, 1 the hub and
/// community offices, 2 every node.
[[nodiscard]] std::int64_t public_board_setting(Store& store, const Hash& city,
                                                std::string_view city_scope);

/// {items: [{id, name, address, …}], next_cursor}: by name, alias, code or pinyin, best first;
/// `text` empty: all. Errors: bad_value (cursor, limit; more than 100 characters), bad_utf8.
[[nodiscard]] Result<Json> find_public_compounds(Store& store, const std::string& text,
                                                 const std::string& cursor, std::size_t limit);
/// One compound with its company, published disclosures (each period's newest version), standards,
/// committee, assemblies, meetings, and questions that were answered. Errors: not_found.
[[nodiscard]] Result<Json> public_compound(Store& store, const sync::RecordId& id);
/// One disclosure with its lines, and its earlier versions with theirs. Errors: not_found (also one
/// that isn't published).
[[nodiscard]] Result<Json> public_disclosure(Store& store, const sync::RecordId& id);
/// Its name, if it is published. Errors: not_found.
[[nodiscard]] Result<std::string> scope_of_public_disclosure(Store& store,
                                                             const sync::RecordId& id);
/// Answered questions of a compound, newest first: {items}. Errors: not_found (no such compound).
[[nodiscard]] Result<Json> public_questions(Store& store, const sync::RecordId& compound);
/// How one question stands: {id, status, …}; text and reply only once they are shown to everybody.
/// Errors: not_found.
[[nodiscard]] Result<Json> public_question(Store& store, const sync::RecordId& id);

}  // namespace linli::store
