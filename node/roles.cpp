#include "node/roles.h"

#include <algorithm>

namespace linli::node {
namespace {

using crypto::Role;
using sync::mask;

constexpr Acts kOwn = static_cast<Acts>(Act::own);
constexpr Acts kReader = kOwn | Act::read;
constexpr Acts kWriter = kReader | Act::write;
constexpr Acts kClerk = kWriter | Act::settle | Act::carry | Act::tend | Act::person;
constexpr Acts kSuperior = kClerk | Act::trust | Act::enrol;
/// What an administrator may do besides. Which machines, and where, the node's certificate bounds:
/// an office lets its inspectors' phones join.
constexpr Acts kAdmin = kOwn | Act::accounts | Act::audit | Act::tend | Act::enrol;

// Who may do what. The schema says further down which records and moves `writes` stands for.
constexpr AccountRole kRoles[] = {
    {"bureau", {"市局", "Bureau"}, mask(Role::hub), kSuperior | Act::audit, false},
    {"district", {"区县", "District"}, mask(Role::district), kSuperior, false},
    {"street", {"街道", "Street office"}, mask(Role::street), kSuperior, true},
    {"office", {"社区", "Community office"}, mask(Role::office), kClerk, true},
    {"inspector", {"检查人员", "Inspector"}, mask(Role::device), kWriter, false},
    {"company", {"物业企业", "Company"}, mask(Role::company), kWriter, false},
    {"auditor", {"审计", "Auditor"}, 0, kReader | Act::audit, false},
};

}  // namespace

std::span<const AccountRole> account_roles() { return kRoles; }

const AccountRole* account_role(std::string_view name) {
  const auto* found = std::find_if(std::begin(kRoles), std::end(kRoles),
                                   [&](const auto& r) { return r.name == name; });
  return found == std::end(kRoles) ? nullptr : found;
}

bool may(std::string_view role, bool admin, Act act) {
  const auto* known = account_role(role);
  if (!known) return false;
  return ((known->acts | (admin ? kAdmin : 0)) & static_cast<Acts>(act)) != 0;
}

bool may_read_personal(std::string_view role, const model::RecordType& type) {
  const auto* known = account_role(role);
  return known && (known->registers || type.audience != sync::Audience::street);
}

bool may_read(std::string_view role, const model::RecordType& type) {
  const auto* known = account_role(role);
  if (!known) return false;
  const bool writes = (type.writers & known->writes) != 0;
  if (type.audience == sync::Audience::street) return known->registers || writes;
  if (known->writes != mask(Role::company)) return true;
  return writes || type.audience == sync::Audience::below ||
         type.audience == sync::Audience::everyone;
}

Error confined_refusal(std::string_view role) {
  const auto* known = account_role(role);
  const std::string zh = known ? std::string(known->label.zh) : std::string(role);
  return {Errc::forbidden,
          "业主名册和选票只供社区和街道使用，账号角色“" + zh +
              "”不能查看 owner registers and ballots are for the community and its street only: an "
              "account of role " +
              std::string(role) + " may not look at them",
          {}};
}

bool may_see_who_voted(std::string_view role) {
  const auto* known = account_role(role);
  return known && known->registers;
}

}  // namespace linli::node
