// node/roles.h: which account role may do what. The one table (roles.cpp); an account only narrows
// what its node's certificate allows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "node/model/schema.h"

namespace linli::node {

/// What a request does.
enum class Act : std::uint32_t {
  read = 1u << 0,      ///< Records, figures, search, what this node knows.
  write = 1u << 1,     ///< Records, as far as the schema lets the role.
  settle = 1u << 2,    ///< Conflicts.
  carry = 1u << 3,     ///< Bundles on sticks.
  tend = 1u << 4,      ///< Line, attachments' policy, snapshots, pruning.
  trust = 1u << 5,     ///< Other nodes' scopes, what is held back.
  audit = 1u << 6,     ///< Read the audit log.
  accounts = 1u << 7,  ///< Other people's accounts.
  own = 1u << 8,       ///< One's own session and password.
  person = 1u << 9,    ///< What a person asks for: what is held about them, a copy, erasure.
  enrol = 1u << 10,    ///< Let machines join below this one: invitations, requests.
};
using Acts = std::uint32_t;
[[nodiscard]] constexpr Acts operator|(Act a, Act b) {
  return static_cast<Acts>(a) | static_cast<Acts>(b);
}
[[nodiscard]] constexpr Acts operator|(Acts a, Act b) { return a | static_cast<Acts>(b); }

struct AccountRole {
  std::string_view name;
  model::Label label;
  sync::RoleMask writes;  ///< As whom the schema's writers, moves and removers judge it.
  Acts acts;
  /// Shown personal values of what stays in community and street (ballots, owner registers): who
  /// works with them there.
  bool registers;
};
[[nodiscard]] std::span<const AccountRole> account_roles();
/// Null: no such role.
[[nodiscard]] const AccountRole* account_role(std::string_view name);
/// May an account of this role, an administrator or not? An unknown role may do nothing.
[[nodiscard]] bool may(std::string_view role, bool admin, Act act);
/// May it see personal values of records of this type at all? Whose: api/company_view.h.
[[nodiscard]] bool may_read_personal(std::string_view role, const model::RecordType& type);
/// May it see records of this type? What stays in community and street (ballots, owner registers)
/// only who works with it there, or writes it; a company only those that companies write, and what
/// is published to everybody below.
[[nodiscard]] bool may_read(std::string_view role, const model::RecordType& type);
/// Says why not, where a type stays in community and street.
[[nodiscard]] Error confined_refusal(std::string_view role);
/// May it see who voted, room by room? What was counted of the votes is everybody's at a node.
[[nodiscard]] bool may_see_who_voted(std::string_view role);

}  // namespace linli::node
