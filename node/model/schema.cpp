#include "node/model/schema.h"

#include <algorithm>
#include <set>

#include "node/model/campaign.h"
#include "node/model/credit.h"
#include "node/model/declare.h"
#include "node/model/inspection_draw.h"
#include "node/model/numbering.h"
#include "node/model/org_link.h"
#include "node/model/period_figures.h"

namespace linli::model {

const Field* RecordType::field(std::string_view field_name) const {
  for (const auto& f : fields) {
    if (f.name == field_name) return &f;
  }
  return nullptr;
}

const Field* RecordType::field(std::uint32_t field_number) const {
  const auto at =
      std::lower_bound(fields.begin(), fields.end(), field_number,
                       [](const Field& f, std::uint32_t wanted) { return f.number < wanted; });
  return at != fields.end() && at->number == field_number ? &*at : nullptr;
}

std::uint32_t RecordType::cell_of(std::uint32_t field_number) const {
  const auto* f = field(field_number);
  return f && f->group != 0 ? f->group : field_number;
}

bool RecordType::in_key(std::string_view field_name) const {
  return std::find(key.begin(), key.end(), field_name) != key.end();
}

bool RecordType::lasts(std::uint32_t field_number) const {
  const auto* f = field(field_number);
  return f && std::find(lasting.begin(), lasting.end(), f->name) != lasting.end();
}

const RecordType* Schema::type(std::string_view name) const {
  for (const auto& t : types) {
    if (t.name == name) return &t;
  }
  return nullptr;
}

const RecordType* Schema::type(std::uint32_t number) const {
  const auto at =
      std::lower_bound(types.begin(), types.end(), number,
                       [](const RecordType& t, std::uint32_t wanted) { return t.number < wanted; });
  return at != types.end() && at->number == number ? &*at : nullptr;
}

const Statistic* Schema::statistic(std::string_view name) const {
  for (const auto& s : statistics) {
    if (s.name == name) return &s;
  }
  return nullptr;
}

const Schema& schema() {
  static const Schema whole = [] {
    Schema s;
    add_system(s);
    add_retention(s);
    add_settings(s);
    add_organisation(s);
    add_training(s);
    add_disclosure(s);
    add_inspection(s);
    add_campaign(s);
    add_inspection_draw(s);
    add_credit(s);
    add_org_link(s);
    add_number_rule(s);
    add_service(s);
    add_red_property(s);
    add_dispute(s);
    add_assembly(s);
    add_committee(s);
    add_period_figures(s);
    std::sort(s.types.begin(), s.types.end(),
              [](const RecordType& a, const RecordType& b) { return a.number < b.number; });
    return s;
  }();
  return whole;
}

// ---- The policy that follows -------------------------------------------------------------------

namespace {

std::int64_t number_of(const Field& state, std::string_view code) {
  for (const auto& value : state.values) {
    if (value.code == code) return value.number;
  }
  ensure(code.empty(), "policy_of: a move's state");
  return -1;
}

sync::TypeRule rule_of(const RecordType& type) {
  sync::TypeRule rule;
  rule.type = type.number;
  rule.writers = type.writers;
  rule.removers = type.removers;
  for (const auto& f : type.fields) {
    if (f.writers != 0) rule.fields.emplace_back(f.number, f.writers);
  }
  if (type.state.empty()) return rule;
  const auto* state = type.field(type.state);
  ensure(state != nullptr, "policy_of: the state field");
  rule.state_field = state->number;
  for (const auto& move : type.moves) {
    rule.moves.push_back(
        {number_of(*state, move.from), number_of(*state, move.to), move.roles, move.rank});
  }
  std::sort(rule.moves.begin(), rule.moves.end(), [](const auto& a, const auto& b) {
    return std::pair(a.from, a.to) < std::pair(b.from, b.to);
  });
  return rule;
}

}  // namespace

sync::Policy policy_of(const Schema& schema, std::uint64_t number, const Hash& previous) {
  sync::Policy policy;
  policy.number = number;
  policy.previous = previous;
  for (const auto& type : schema.types) {
    // They found the trust that policies rest on: judged without one.
    if (sync::founds_trust(type.number)) continue;
    policy.rules.push_back(rule_of(type));
    if (type.audience == sync::Audience::street) policy.confined.push_back(type.number);
  }
  return policy;
}

// ---- Mistakes in the declarations --------------------------------------------------------------

namespace {

/// Checks one type, collecting sentences that begin with the type's name.
class TypeCheck {
 public:
  TypeCheck(const Schema& schema, const RecordType& type, std::vector<std::string>& mistakes)
      : schema_(schema), type_(type), mistakes_(mistakes) {}

  void run() {
    expect(label_given(type_.label), "has no label");
    expect(type_.writers != 0, "nobody may write it");
    fields(type_.fields, false);
    names();
    states();
  }

 private:
  void expect(bool good, const std::string& what) {
    if (!good) mistakes_.push_back(std::string(type_.name) + ": " + what);
  }
  static bool label_given(const Label& label) { return !label.zh.empty() && !label.en.empty(); }

  void fields(const std::vector<Field>& list, bool columns) {
    std::set<std::string_view> names;
    std::uint32_t last = 0;
    for (const auto& f : list) {
      const std::string name(f.name);
      expect(f.number > last && f.number <= 65535 && f.number < 60000, name + ": number");
      last = f.number;
      expect(names.insert(f.name).second, name + ": name given twice");
      expect(columns || (f.name != "id" && f.name != "scope"), name + ": reserved name");
      field(f, columns);
    }
  }

  void field(const Field& f, bool column) {
    const std::string name(f.name);
    expect(label_given(f.label), name + ": has no label");
    expect(f.group == 0 || f.group >= 60000, name + ": group number");
    expect(!column || f.protection == Protection::plain, name + ": a column can't be protected");
    const bool worded =
        f.type == FieldType::text || f.type == FieldType::texts || f.type == FieldType::rows;
    expect(column || !worded || f.protection != Protection::plain || !f.plain_reason.empty(),
           name + ": plain text without a reason");
    expect(f.protection != Protection::personal || (!f.searched && f.name != type_.title),
           name + ": personal and searched or shown");
    expect(!f.sealed || f.protection == Protection::personal, name + ": sealed and not personal");
    const bool coded = f.type == FieldType::choice || f.type == FieldType::choices ||
                       f.type == FieldType::state || f.type == FieldType::marks;
    expect(coded == !f.values.empty(), name + ": values");
    choices(f);
    const bool points = f.type == FieldType::ref || f.type == FieldType::refs;
    expect(points == !f.targets.empty(), name + ": targets");
    for (const auto target : f.targets) {
      expect(schema_.type(target) != nullptr, name + ": no type " + std::string(target));
    }
    expect((f.type == FieldType::rows) == !f.columns.empty(), name + ": columns");
    expect(!column || (f.type != FieldType::rows && f.type != FieldType::state),
           name + ": can't be a column");
    if (f.type == FieldType::rows) fields(f.columns, true);
  }

  void choices(const Field& f) {
    std::set<std::int64_t> numbers;
    std::set<std::string_view> codes;
    for (const auto& value : f.values) {
      const auto where = std::string(f.name) + "." + std::string(value.code);
      expect(value.number >= 0 && numbers.insert(value.number).second, where + ": number");
      expect(!value.code.empty() && codes.insert(value.code).second, where + ": code");
      expect(label_given(value.label), where + ": has no label");
    }
  }

  void names() {
    for (const auto key : type_.key) {
      const auto* f = type_.field(key);
      expect(f != nullptr, "key " + std::string(key) + ": no such field");
      if (!f) continue;
      expect(f->protection == Protection::plain, "key " + std::string(key) + ": isn't plain");
      expect(f->need == Need::required, "key " + std::string(key) + ": isn't required");
      expect(f->group == 0, "key " + std::string(key) + ": is in a group");
    }
    expect(type_.title.empty() || type_.field(type_.title), "title: no such field");
    for (const auto& index : type_.indexes) {
      for (const auto column : index) {
        expect(type_.field(column) != nullptr, "index " + std::string(column) + ": no such field");
      }
    }
    for (const auto peer : type_.peers) {
      const auto* f = type_.field(peer);
      expect(f && f->protection == Protection::plain, "peers " + std::string(peer));
    }
    expect(type_.peers.empty() || has_index_for_peers(), "peers: no index leads with them");
    expect(type_.measures.empty() == (type_.contribute == nullptr), "measures and contribute");
    expect(!type_.rivals || !type_.peers.empty(), "rivals are found among peers: it has none");
  }

  [[nodiscard]] bool has_index_for_peers() const {
    return std::any_of(type_.indexes.begin(), type_.indexes.end(), [this](const auto& index) {
      return index.size() >= type_.peers.size() &&
             std::equal(type_.peers.begin(), type_.peers.end(), index.begin());
    });
  }

  void states() {
    if (type_.state.empty()) {
      expect(type_.moves.empty() && type_.frozen.empty() && type_.lasting.empty(),
             "moves without a state");
      return;
    }
    const auto* state = type_.field(type_.state);
    expect(state && state->type == FieldType::state, "state: no such state field");
    if (!state) return;
    const auto known = [state](std::string_view code) {
      return std::any_of(state->values.begin(), state->values.end(),
                         [code](const Choice& value) { return value.code == code; });
    };
    std::set<std::pair<std::string_view, std::string_view>> pairs;
    std::set<std::string_view> reached;
    for (const auto& move : type_.moves) {
      const auto where = "move " + std::string(move.from) + "→" + std::string(move.to);
      expect((move.from.empty() || known(move.from)) && known(move.to), where + ": no such state");
      expect(pairs.insert({move.from, move.to}).second && move.from != move.to, where);
      expect((move.roles & type_.writers) == move.roles && move.roles != 0, where + ": roles");
      reached.insert(move.to);
    }
    for (const auto& value : state->values) {
      expect(reached.contains(value.code), "state " + std::string(value.code) + ": unreachable");
    }
    for (const auto code : type_.frozen) expect(known(code), "frozen " + std::string(code));
    expect(type_.lasting.empty() || !type_.frozen.empty(), "lasting, but no state closes it");
    for (const auto name : type_.lasting) {
      const auto* f = type_.field(name);
      expect(f && f != state && type_.cell_of(f->number) == type_.cell_of(state->number),
             "lasting " + std::string(name) + ": not in the state's group");
    }
  }

  const Schema& schema_;
  const RecordType& type_;
  std::vector<std::string>& mistakes_;
};

void check_statistic(const Statistic& s, const std::set<std::string_view>& measures,
                     std::vector<std::string>& mistakes) {
  const auto expect = [&](bool good, std::string_view what) {
    if (!good) mistakes.push_back("statistic " + std::string(s.name) + ": " + std::string(what));
  };
  const auto term = [&](const Term& t) {
    expect(measures.contains(t.measure), "no type names measure " + std::string(t.measure));
    expect(t.within.empty() || measures.contains(t.within), "within: no such measure");
    expect(t.within.empty() || t.count != Count::sum, "within counts keys");
    expect((t.over == Over::next_days) == (t.days > 0), "days");
  };
  expect(!s.label.zh.empty() && !s.label.en.empty() && !s.definition.zh.empty() &&
             !s.definition.en.empty(),
         "label or definition missing");
  term(s.numerator);
  if (s.denominator) term(*s.denominator);
}

}  // namespace

std::vector<std::string> schema_mistakes(const Schema& schema) {
  std::vector<std::string> mistakes;
  std::set<std::string_view> type_names, statistic_names, measures;
  std::uint32_t last = 0;
  for (const auto& type : schema.types) {
    if (type.number <= last) mistakes.push_back(std::string(type.name) + ": number");
    last = type.number;
    if (!type_names.insert(type.name).second) {
      mistakes.push_back(std::string(type.name) + ": name given twice");
    }
    TypeCheck(schema, type, mistakes).run();
    for (const auto measure : type.measures) {
      // One measure, one source: otherwise two types' records would be counted as one kind.
      const bool shared =
          std::count(schema.shared_measures.begin(), schema.shared_measures.end(), measure) > 0;
      if (!measures.insert(measure).second && !shared) {
        mistakes.push_back(std::string(measure) + ": two types feed it");
      }
    }
  }
  for (const auto& s : schema.statistics) {
    if (!statistic_names.insert(s.name).second) {
      mistakes.push_back("statistic " + std::string(s.name) + ": name given twice");
    }
    check_statistic(s, measures, mistakes);
  }
  return mistakes;
}

}  // namespace linli::model
