// What this node and the person who asks may write, and the moves that lead from state to state.
#include <algorithm>
#include <functional>
#include <queue>

#include "node/authoring.h"

namespace linli::node {
namespace {

/// The shortest chain of moves that `may` allows from one state to another; nothing: there is none.
/// `from` is -1 for a new record.
std::optional<std::vector<sync::StateMove>> moves_between(
    const RecordType& type, const Field& state, std::int64_t from, std::int64_t to,
    const std::function<bool(sync::RoleMask)>& may) {
  const auto number_of = [&](std::string_view code) -> std::int64_t {
    for (const auto& value : state.values) {
      if (value.code == code) return value.number;
    }
    return -1;
  };
  std::map<std::int64_t, std::int64_t> came_from;
  std::queue<std::int64_t> open;
  open.push(from);
  while (!open.empty()) {
    const auto at = open.front();
    open.pop();
    for (const auto& move : type.moves) {
      const auto next = number_of(move.to);
      if ((move.from.empty() ? -1 : number_of(move.from)) != at || !may(move.roles)) continue;
      if (next == from || !came_from.emplace(next, at).second) continue;
      if (next == to) {
        std::vector<sync::StateMove> chain;
        for (auto step = to; step != from; step = came_from[step]) {
          chain.push_back({came_from[step], step});
        }
        std::reverse(chain.begin(), chain.end());
        return chain;
      }
      // A record is born once: a chain may start with the move from nothing, not pass it.
      open.push(next);
    }
  }
  return std::nullopt;
}

}  // namespace

Fault Replica::Authoring::may_not(sync::RoleMask who, std::string field,
                                  const RecordType& type) const {
  const auto what = std::string(field.empty() ? type.label.zh : "此项");
  const auto en = field.empty() ? std::string(type.name) : "this field";
  if (node_may(who)) {
    return fault(Errc::forbidden, std::move(field),
                 "您的账号角色不能填写" + what + "；需要时请本单位管理员调整角色",
                 "your account's role may not write " + en + ": ask this node's administrator");
  }
  return fault(Errc::forbidden, std::move(field), "本节点的角色不能填写" + what,
               "a node of role " + std::string(crypto::name_of(own.role)) + " may not write " + en);
}

void Replica::Authoring::check_rights(const Draft& draft, std::vector<Fault>& faults) const {
  const auto& type = *draft.type;
  if (!own.covers(draft.scope)) {
    faults.push_back(fault(Errc::out_of_scope, "scope", "本节点无权在此范围内写入",
                           "this node's certificate doesn't cover " + draft.scope));
  }
  if (!may(type.writers)) faults.push_back(may_not(type.writers, "", type));
  for (const auto& [number, value] : draft.fields.fields) {
    const auto* field = type.field(number);
    if (field && field->writers && !may(field->writers)) {
      faults.push_back(may_not(field->writers, std::string(field->name), type));
    }
  }
}

/// The moves that lead from the record's state to the wanted one (or to the first, for a new one).
std::optional<std::vector<sync::StateMove>> Replica::Authoring::chain_for(
    const RecordType& type, const std::optional<std::string>& wanted,
    std::optional<std::int64_t> current, std::vector<Fault>& faults) const {
  if (type.state.empty()) return std::vector<sync::StateMove>{};
  const auto* field = type.field(type.state);
  const auto allowed = [this](sync::RoleMask who) { return may(who); };
  const auto from = current.value_or(-1);
  std::int64_t to = -1;
  std::string_view code;
  if (wanted) {
    for (const auto& value : field->values) {
      if (value.code == *wanted) to = value.number;
    }
    code = *wanted;
  } else if (current) {
    return std::vector<sync::StateMove>{};
  } else {
    for (const auto& move : type.moves) {
      if (!move.from.empty() || !may(move.roles)) continue;
      code = move.to;
      for (const auto& value : field->values) {
        if (value.code == move.to) to = value.number;
      }
      break;
    }
  }
  if (from == to && current) return std::vector<sync::StateMove>{};
  auto chain = to < 0 ? std::nullopt : moves_between(type, *field, from, to, allowed);
  if (!chain) {
    std::string from_code = "nothing";
    for (const auto& value : field->values) {
      if (value.number == from) from_code = std::string(value.code);
    }
    const bool by_another = to >= 0 && moves_between(type, *field, from, to, [this](auto who) {
                                         return node_may(who);
                                       }).has_value();
    if (by_another) {
      faults.push_back(fault(Errc::forbidden, std::string(type.state),
                             "您的账号角色不能变更到这个状态；请有此权限的同事办理",
                             "your account's role may not move it to " + std::string(code)));
      return chain;
    }
    faults.push_back(fault(Errc::bad_move, std::string(type.state), "不能变更到这个状态",
                           "a node of role " + std::string(crypto::name_of(own.role)) +
                               " can't move it from " + from_code + " to " +
                               (code.empty() ? "any state" : std::string(code))));
  }
  return chain;
}

}  // namespace linli::node
