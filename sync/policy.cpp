#include "sync/policy.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "crypto/cbor.h"

namespace linli::sync {
namespace {

constexpr std::string_view kDomainPolicy = "linli/policy/1";
constexpr std::size_t kStreetSegments = 3;  // city / district / street

// Keys of a policy, for ever.
namespace key {
enum : std::int64_t { number, previous, rules, confined };
}

auto place(const MoveRule& m) { return std::pair{m.from, m.to}; }

template <class Items, class KeyOf>
Items ascending(Items items, KeyOf key_of) {
  std::sort(items.begin(), items.end(),
            [&](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
  const auto twice =
      std::adjacent_find(items.begin(), items.end(),
                         [&](const auto& a, const auto& b) { return key_of(a) == key_of(b); });
  ensure(twice == items.end(), "Policy: a type, field or move has two rules");
  return items;
}

// Writing

void write_from(cbor::Writer& w, std::int64_t from) {
  if (from < 0)
    w.null();
  else
    w.sint(from);
}

void write_rule(cbor::Writer& w, const TypeRule& rule) {
  ensure(rule.state_field || rule.moves.empty(), "Policy: moves of a type without a state");
  w.array(6);
  w.uint(rule.type);
  w.uint(rule.writers);
  w.uint(rule.removers);
  const auto fields = ascending(rule.fields, [](const auto& f) { return f.first; });
  w.array(fields.size());
  for (const auto& [field, roles] : fields) {
    w.array(2);
    w.uint(field);
    w.uint(roles);
  }
  if (rule.state_field)
    w.uint(*rule.state_field);
  else
    w.null();
  const auto moves = ascending(rule.moves, place);
  w.array(moves.size());
  for (const auto& move : moves) {
    w.array(4);
    write_from(w, move.from);
    w.sint(move.to);
    w.uint(move.roles);
    w.uint(move.rank);
  }
}

// Reading

std::uint32_t read_u32(cbor::Reader& r) {
  const std::uint64_t v = r.uint();
  if (v > std::numeric_limits<std::uint32_t>::max()) r.reject("beyond 32 bits; ends");
  return static_cast<std::uint32_t>(v);
}

std::uint32_t read_number(cbor::Reader& r) {
  const std::uint32_t v = read_u32(r);
  if (v == 0 || v > kFieldMax) r.reject("types and fields are 1 to 65535; ends");
  return v;
}

std::int64_t read_state(cbor::Reader& r) { return static_cast<std::int64_t>(r.uint()); }

std::int64_t read_from(cbor::Reader& r) {
  if (r.peek() != cbor::Kind::null) return read_state(r);
  r.null();
  return -1;
}

/// Enters an array of exactly `n` items.
void enter(cbor::Reader& r, std::size_t n, std::string_view layout) {
  if (r.array() != n) r.reject(layout);
}

TypeRule read_rule(cbor::Reader& r) {
  TypeRule rule;
  enter(r, 6, "a rule is [type, writers, removers, fields, state field, moves]; ends");
  rule.type = read_number(r);
  rule.writers = read_u32(r);
  rule.removers = read_u32(r);
  for (std::size_t left = r.array(); left > 0 && r.ok(); --left) {
    enter(r, 2, "a field's rule is [field, roles]; ends");
    const std::uint32_t field = read_number(r);
    if (!rule.fields.empty() && field <= rule.fields.back().first) r.reject("fields must ascend;");
    rule.fields.emplace_back(field, read_u32(r));
  }
  if (r.peek() == cbor::Kind::null)
    r.null();
  else
    rule.state_field = read_number(r);
  for (std::size_t left = r.array(); left > 0 && r.ok(); --left) {
    enter(r, 4, "a move is [from, to, roles, rank]; ends");
    MoveRule move;
    move.from = read_from(r);
    move.to = read_state(r);
    move.roles = read_u32(r);
    move.rank = read_u32(r);
    if (!rule.moves.empty() && place(move) <= place(rule.moves.back()))
      r.reject("moves must ascend;");
    rule.moves.push_back(move);
  }
  if (!rule.state_field && !rule.moves.empty()) r.reject("moves of a type without a state field;");
  return rule;
}

std::vector<TypeRule> read_rules(cbor::Reader& r) {
  std::vector<TypeRule> rules;
  for (std::size_t left = r.array(); left > 0 && r.ok(); --left) {
    TypeRule rule = read_rule(r);
    if (!rules.empty() && rule.type <= rules.back().type) r.reject("rules must ascend by type;");
    rules.push_back(std::move(rule));
  }
  return rules;
}

Hash read_previous(cbor::Reader& r) {
  const auto view = r.bytes(Hash::size());
  const Hash previous = r.ok() ? Hash::of(view) : Hash{};
  if (previous.is_zero()) r.reject("an absent previous policy must be left out; ends");
  return previous;
}

std::vector<std::uint32_t> read_confined(cbor::Reader& r) {
  std::vector<std::uint32_t> types;
  for (std::size_t left = r.array(); left > 0 && r.ok(); --left) {
    const std::uint32_t type = read_number(r);
    if (!types.empty() && type <= types.back()) r.reject("confined types must ascend;");
    types.push_back(type);
  }
  if (types.empty()) r.reject("no confined types are left out; ends");
  return types;
}

// Judging

/// One change before its judge.
struct Case {
  std::size_t index;
  const Change& change;
  const crypto::Certificate& writer;

  [[nodiscard]] bool may(RoleMask roles) const { return (roles & mask(writer.role)) != 0; }
  [[nodiscard]] tl::unexpected<Error> refuse(Errc code, const std::string& why) const {
    return fail(code, "change " + std::to_string(index) + " of type " +
                          std::to_string(change.type) + ": " + why);
  }
  [[nodiscard]] std::string who() const { return std::string(crypto::name_of(writer.role)); }
};

Result<void> judge_trust(const Case& c) {
  // What founds trust only ever grows: nobody takes a certificate or a policy back by an edit.
  if (c.change.kind != ChangeKind::put) return c.refuse(Errc::forbidden, "it can only be put");
  if (c.change.type != kTypePolicy && c.writer.delegation == 0)
    return c.refuse(Errc::forbidden, "the writer may not issue or revoke certificates");
  if (c.change.type == kTypePolicy && (c.writer.rights & crypto::kRightPolicy) == 0)
    return c.refuse(Errc::forbidden, "the writer may not publish policies");
  return {};
}

Result<void> judge_move(const Case& c, const TypeRule& rule, std::string_view value) {
  const auto move = decode_move(value);
  if (!move) return c.refuse(Errc::bad_move, "the state field holds no [from, to]");
  // A group merges as one value: who changes its date says the state again, and moves nothing.
  if (move->from == move->to) return {};
  for (const auto& allowed : rule.moves)
    if (allowed.from == move->from && allowed.to == move->to && c.may(allowed.roles)) return {};
  return c.refuse(Errc::bad_move, c.who() + " may not move from " + std::to_string(move->from) +
                                      " to " + std::to_string(move->to));
}

Result<void> judge_field(const Case& c, const TypeRule& rule, const FieldValue& field) {
  for (const auto& [restricted, roles] : rule.fields)
    if (restricted == field.field && !c.may(roles))
      return c.refuse(Errc::forbidden,
                      c.who() + " may not write field " + std::to_string(field.field));
  if (field.field != rule.state_field) return {};
  // A clear or erase as well: its value is no move, and so a state can't be emptied past the rules.
  return judge_move(c, rule, field.value);
}

Result<void> judge_change(const Case& c, const Policy& policy) {
  const TypeRule* rule = policy.rule(c.change.type);
  if (rule == nullptr) return c.refuse(Errc::forbidden, "the policy has no rule for this type");
  switch (c.change.kind) {
    case ChangeKind::remove:
      if (!c.may(rule->removers)) return c.refuse(Errc::forbidden, c.who() + " may not delete it");
      return {};
    case ChangeKind::put:
    case ChangeKind::clear:
    case ChangeKind::erase:
      if (!c.may(rule->writers)) return c.refuse(Errc::forbidden, c.who() + " may not write it");
      for (const auto& field : c.change.fields)
        if (auto allowed = judge_field(c, *rule, field); !allowed) return allowed;
      return {};
    default:
      return c.refuse(Errc::unknown_critical, "a kind that this version doesn't know");
  }
}

std::size_t segments(std::string_view path) {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) + 1;
}

}  // namespace

std::string Policy::encode() const {
  ensure(previous.is_zero() == (number == 1), "Policy: exactly number 1 has no previous one");
  cbor::Writer w;
  w.map(2u + !previous.is_zero() + !confined.empty());
  w.sint(key::number), w.uint(number);
  if (!previous.is_zero()) w.sint(key::previous), w.bytes(previous.view());
  w.sint(key::rules), w.array(rules.size());
  for (const auto& rule : ascending(rules, [](const TypeRule& t) { return t.type; }))
    write_rule(w, rule);
  if (!confined.empty()) {
    w.sint(key::confined), w.array(confined.size());
    for (const auto type : ascending(confined, [](std::uint32_t t) { return t; })) w.uint(type);
  }
  return w.take();
}

Result<Policy> Policy::decode(std::string_view bytes) {
  if (bytes.size() > kPolicyBytesMax) return fail(Errc::too_large, "a policy over 256 KiB");
  if (auto valid = cbor::validate(bytes); !valid) return fail(std::move(valid.error()));
  cbor::Reader r{bytes};
  Policy policy;
  bool has_number = false, has_rules = false, critical_key = false;
  for (cbor::IntMap m{r}; m.next();) {
    switch (m.key()) {
      case key::number:
        policy.number = r.uint();
        has_number = true;
        break;
      case key::previous:
        policy.previous = read_previous(r);
        break;
      case key::rules:
        policy.rules = read_rules(r);
        has_rules = true;
        break;
      case key::confined:
        policy.confined = read_confined(r);
        break;
      default:
        r.item();
        critical_key |= m.key() < 0;
    }
  }
  if (!has_number || !has_rules) r.reject("a required key is missing");
  if (policy.number == 0) r.reject("policies are numbered from 1");
  // The first has none before it, every other one has: a policy can't hide from its chain.
  if (policy.previous.is_zero() != (policy.number == 1))
    r.reject("exactly policy 1 has no previous one");
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  if (critical_key) return fail(Errc::unknown_critical, "a critical key in a policy");
  return policy;
}

const TypeRule* Policy::rule(std::uint32_t type) const {
  const auto it = std::lower_bound(rules.begin(), rules.end(), type,
                                   [](const TypeRule& r, std::uint32_t t) { return r.type < t; });
  return it != rules.end() && it->type == type ? &*it : nullptr;
}

Hash policy_hash(std::string_view bytes) { return crypto::hash({kDomainPolicy, bytes}); }

Result<void> judge_policy(const ChangeSet& set, const crypto::Certificate& writer,
                          const Policy* policy) {
  for (std::size_t i = 0; i < set.changes.size(); ++i) {
    const Case c{i, set.changes[i], writer};
    const bool founds = founds_trust(c.change.type);
    if (!founds && policy == nullptr)
      return c.refuse(Errc::unknown_policy, "policy " + crypto::to_hex(set.policy.view()));
    if (!founds && set.feed.audience != Audience::street &&
        std::binary_search(policy->confined.begin(), policy->confined.end(), c.change.type))
      return c.refuse(Errc::forbidden, "its records stay in community and street (audience 2)");
    auto allowed = founds ? judge_trust(c) : judge_change(c, *policy);
    if (!allowed) return allowed;
  }
  return {};
}

Result<void> judge_author(const ChangeSet& set, std::string_view body,
                          const crypto::Signature& signature, const crypto::CertificateBook& book) {
  if (set.city != book.city()) return fail(Errc::other_city);
  const auto* writer = book.find(set.certificate);
  if (writer == nullptr) return fail(Errc::unknown_certificate);
  // Before what the set says about itself: whatever an altered byte claims, it is altered.
  if (!crypto::verify(writer->signing_key, crypto::kDomainChangeSet, body, signature))
    return fail(Errc::bad_signature, "not signed by " + writer->name);
  if (writer->subject != set.feed.author)
    return fail(Errc::forbidden, writer->name + " writes in another author's feed");
  if (!writer->covers(set.feed.scope))
    return fail(Errc::out_of_scope, writer->name + " doesn't cover " + set.feed.scope);
  const auto audience = static_cast<unsigned>(set.feed.audience);
  if ((writer->audiences & 1u << audience) == 0)
    return fail(Errc::out_of_scope,
                writer->name + " may not write for audience " + std::to_string(audience));
  return {};
}

bool may_read(const crypto::Certificate& reader, std::string_view scope, Audience audience) {
  const auto any_path = [&](auto condition) {
    return std::any_of(reader.paths.begin(), reader.paths.end(), condition);
  };
  const auto covers = [&](const std::string& path) { return crypto::scope_covers(path, scope); };
  switch (audience) {
    case Audience::ancestors:
      return reader.covers(scope);
    case Audience::below:
      return reader.covers(scope) || any_path([&](const std::string& path) {
               return crypto::scope_covers(scope, path) && reader.covers(path);
             });
    case Audience::street:
      // The street and what stands below it; a district or the city covers the scope, but is wider.
      return reader.covers(scope) && any_path([&](const std::string& path) {
               return covers(path) && segments(path) >= kStreetSegments;
             });
    case Audience::everyone:
      return true;
  }
  return false;  // an audience of a later version: don't forward
}

Result<StateMove> decode_move(std::string_view value) {
  cbor::Reader r{value};
  StateMove move;
  enter(r, 2, "a move is [from, to]; ends");
  move.from = read_from(r);
  move.to = read_state(r);
  if (auto whole = r.finish(); !whole) return fail(std::move(whole.error()));
  return move;
}

std::string encode_move(StateMove move) {
  ensure(move.from >= -1 && move.to >= 0, "encode_move: states are not negative");
  cbor::Writer w;
  w.array(2);
  write_from(w, move.from);
  w.sint(move.to);
  return w.take();
}

}  // namespace linli::sync
