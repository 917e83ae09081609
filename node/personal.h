// node/personal.h: what a person may ask for (PIPL 44 to 47): what this node holds about them, over
// all record types, a copy of it, and that it be erased.
#pragma once

#include "node/erasing.h"

namespace linli::node {

/// What a person is looked for by: a name of at least two characters, or at least five digits of a
/// number. Errors: bad_value.
[[nodiscard]] Result<void> check_needle(std::string_view who);

/// Where a record speaks of a person.
struct PersonalPlace {
  const model::RecordType* type = nullptr;
  std::string scope;
  sync::RecordId id{};
  std::vector<std::string>
      fields;           ///< That name the person; or, if it only refers, its personal ones.
  bool refers = false;  ///< It names nobody itself: it points at a record that does.
  Json record;          ///< As get_record gives it.
};

/// Every record here, deleted ones too, of which some version holds `who` in a field that can be
/// erased (letters of any case, numbers with or without spaces and dashes), and the records that
/// refer to one that stands for a person (staff). Reads every such value once: who asks is noted by
/// the caller. Errors: bad_value, io.
[[nodiscard]] Result<std::vector<PersonalPlace>> find_person(store::Store& store,
                                                             const std::string& who);

/// {items: [{type, label, id, scope, fields[names], refers, removed, edit}]}, without a
/// value.
[[nodiscard]] Json places_json(const std::vector<PersonalPlace>& places);
/// A copy for the person: {made_at, node, items: [{type, label, id, scope, fields{…}}]}.
[[nodiscard]] Json copy_json(const std::vector<PersonalPlace>& places, const std::string& node,
                             sync::Micros now);
/// The same to be read by a person, in Chinese.
[[nodiscard]] std::string copy_text(const std::vector<PersonalPlace>& places,
                                    const std::string& node, sync::Micros now);
/// Erases what is listed in their `fields`, each record for itself: {items: [{type, label, id,
/// scope, fields, done ("erased", "unchanged", "refused", or with `dry_run` "would be erased"),
/// ? faults}], dry_run, erased, refused, ? cleared}. Errors: as erase().
[[nodiscard]] Result<Json> erase_person(Replica& replica, const std::vector<PersonalPlace>& places,
                                        const std::string& code, const By& by, bool dry_run);

}  // namespace linli::node
