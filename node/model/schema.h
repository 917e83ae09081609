// node/model/schema.h: how a record type is declared. From one declaration come the table,
// validation, authorisation, API, search, statistics, forms and columns. A new record type is one
// new file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "node/model/record.h"
#include "sync/policy.h"

namespace linli::model {

using sync::RoleMask;

/// Two-language text; both always given. Chinese first: that is what users read.
struct Label {
  std::string_view zh, en;
};

/// How a value is written: in signed bytes (CBOR), in a table (SQLite) and in JSON.
enum class FieldType : std::uint8_t {
  text,     ///< tstr · TEXT · string (NFC, trimmed)
  integer,  ///< int · INTEGER · number; see Unit
  boolean,  ///< bool · INTEGER 0/1 · true/false
  date,     ///< int, days since 1970-01-01 of the local calendar · INTEGER · "2023-05-27"
  instant,  ///< int, milliseconds since 1970-01-01T00:00Z · INTEGER · "2023-05-27T01:00:00.000Z"
  choice,   ///< uint, a number of `values` · INTEGER · its code
  state,    ///< [from / null, to], numbers of `values` · INTEGER (to) · the code of `to`
  ref,      ///< [type, id] in the set's own scope, else [type, id, scope] · BLOB of that · object
            ///< {type, scope, id}
  texts,    ///< [* tstr] · BLOB · array of strings
  choices,  ///< [* uint] ascending · BLOB · array of codes
  refs,     ///< [* ref] · BLOB · array of ref objects
  marks,  ///< {* tstr => uint of `values`} · BLOB · object item → code (a checklist's results)
  rows,   ///< [* {column number => value}] · BLOB · array of objects (a disclosure's lines)
  geo,    ///< [lat, lon in 1e-7 degree WGS-84, ? accuracy in dm] · BLOB · object {lat_e7, lon_e7,
          ///< accuracy_dm}
  blob,   ///< bstr .size 32, BLAKE2b-256 of an attachment · BLOB · hex
  blobs,  ///< [* bstr] · BLOB · array of hex
  bytes,  ///< bstr · BLOB · base64url
};

enum class Unit : std::uint8_t {
  none,
  fen,
  yuan_e4,
  dm2,
  minutes,
  count,
  points,
  percent,
  days,
  dm
};

enum class Need : std::uint8_t {
  optional,
  required,     ///< At authoring always; a merged record without it is marked invalid.
  conditional,  ///< The type's `faults` says when.
  derived,      ///< Never typed in: computed by `derive` at authoring.
};

/// What becomes of a value in signed bytes (rule 14, I10).
enum class Protection : std::uint8_t {
  plain,     ///< Stands there as it is. Free text needs `plain_reason`.
  erasable,  ///< A commitment; the value travels beside, to all who may read the scope.
  personal,  ///< pi1 or pi2: likewise, but only to certificates with kRightReadPersonal. Never
             ///< searched, measured or part of a key.
};

struct Choice {
  std::int64_t number;  ///< Fixed for ever, never reused.
  std::string_view code;
  Label label;
};

struct Field {
  std::uint32_t number;  ///< 1 … 65535; fixed for ever, never reused.
  std::string_view name;
  FieldType type;
  Label label;
  Need need = Need::optional;
  Unit unit = Unit::none;
  Protection protection = Protection::plain;
  std::string_view plain_reason = {};  ///< Why free text may stand in signed bytes.
  std::vector<Choice> values = {};
  std::vector<std::string_view> targets = {};  ///< Types that a ref may name.
  std::vector<Field> columns = {};             ///< Of rows.
  std::optional<std::int64_t> min = {},
                              max = {};  ///< Inclusive; for text: characters; lists: items.
  std::uint32_t group =
      0;  ///< Fields with one group number (≥ 60000) merge as one value. 0: alone.
  bool searched = false;  ///< Goes into the full-text index.
  /// Counted and never shown, not even to who may read it: reads answer {"withheld", "sealed"}.
  bool sealed = false;
  RoleMask writers = 0;  ///< Fewer roles than the type's; 0: the type's.
  Label help = {};       ///< Short hint for forms; may be empty.
};

/// A state move: codes of the state field's values; empty `from`: a new record.
struct Move {
  std::string_view from, to;
  RoleMask roles;
  std::uint32_t rank = 0;
};

/// Where a type's records live when the writer doesn't say: in the writer's own scope, or the city.
enum class Home : std::uint8_t { own, city };

/// What two records of one natural key are.
enum class Duplicates : std::uint8_t {
  merge,      ///< The same record: ids derive from scope and key.
  keep_both,  ///< Two records for review: ids derive from scope, key and author.
};

struct RecordType;

/// One thing that is wrong with a record, for people and for programs.
struct Fault {
  std::string field;  ///< Name; may be empty (the whole record).
  Errc code = Errc::bad_rule;
  std::string zh, en;
};

/// Finds records that this node holds (during authoring and derivation; never in merging).
class Lookup {
 public:
  virtual ~Lookup() = default;
  [[nodiscard]] virtual std::optional<Record> find(std::uint32_t type, std::string_view scope,
                                                   const sync::RecordId& id) const = 0;
  /// Whose city this is: goes into ids that derive from natural keys.
  [[nodiscard]] virtual const Hash& city() const = 0;
  /// The record that a ref value (CBOR, as stored) of a record in `scope` names.
  [[nodiscard]] std::optional<Record> follow(const Ref& ref) const {
    return find(ref.type, ref.scope, ref.id);
  }
};

/// Adds fields whose Need is `derived` (and conveniences such as default due dates) to a record
/// that is being authored. `now` in µs UTC; `today` in local days.
struct Moment {
  sync::Micros now = 0;
  std::int64_t today = 0;
};
using Derive = Result<void> (*)(Record& record, const Lookup& lookup, const Moment& moment);
/// Rules over the record's own fields: pure, so that every node marks the same merged record
/// invalid. Used at authoring too, where any fault refuses.
using Faults = void (*)(const RecordView& record, std::vector<Fault>& faults);
/// Authoring-only rules that need other records or the time (references, not in the future).
using AuthoringFaults = void (*)(const RecordView& record, const Lookup& lookup,
                                 const Moment& moment, std::vector<Fault>& faults);

/// What one record adds to the figures. Aggregates are kept at (measure, scope, unit, day, dims,
/// key).
struct Contribution {
  std::string_view measure;
  std::int64_t day = 0;   ///< Local calendar day that it counts for.
  std::string unit = {};  ///< Compound's record id (16 bytes), or empty.
  /// E.g. a severity's code, or the id (as text) of a company; empty if the measure has none.
  std::string dim1 = {}, dim2 = {};
  std::string key = {};  ///< For distinct and sets: the group key; else empty.
  std::int64_t n = 1;
};
using Contribute = void (*)(const RecordView& record, std::span<const RecordView> peers,
                            std::vector<Contribution>& out);

/// Can this record and one of its peers not both hold (two ballots of one flat)? Pure. None of
/// them loses: each is listed for review until a person has said which of them counts.
using Rivals = bool (*)(const RecordView& record, std::span<const RecordView> peers);

struct RecordType {
  std::uint32_t number;  ///< Fixed for ever. 1–9 system, 10–29 organisation, 30–49 training, …
  std::string_view name;
  Label label;
  Home home = Home::own;
  std::vector<std::string_view> key = {};  ///< Natural key: field names, in this order. Immutable.
  Duplicates duplicates = Duplicates::merge;
  sync::Audience audience = sync::Audience::ancestors;
  std::vector<Field> fields;
  std::string_view title = {};  ///< Field shown as the record's name in lists.
  RoleMask writers = 0, removers = 0;
  std::string_view state = {};  ///< Name of the state field, if the type has one.
  std::vector<Move> moves = {};
  /// States from which nothing but the state may be changed any more (published, closed), with the
  /// fields of its group, which say when and why it moved.
  std::vector<std::string_view> frozen = {};
  /// Fields of the state's group that those states close as well once they are told, also for the
  /// next move: when something was published stays true of it when somebody objects.
  std::vector<std::string_view> lasting = {};
  std::vector<std::vector<std::string_view>> indexes = {};  ///< Columns for lists and peers.
  Derive derive = nullptr;
  Faults faults = nullptr;
  AuthoringFaults authoring_faults = nullptr;
  Contribute contribute = nullptr;
  /// Records of this type with equal values in these fields are handed to `contribute` as peers,
  /// and contribute anew when one of them changes (rule 21). An index must lead with them.
  std::vector<std::string_view> peers = {};
  /// Every measure that `contribute` may name.
  std::vector<std::string_view> measures = {};
  /// For types with peers.
  Rivals rivals = nullptr;

  [[nodiscard]] const Field* field(std::string_view field_name) const;
  [[nodiscard]] const Field* field(std::uint32_t field_number) const;
  [[nodiscard]] std::uint32_t cell_of(std::uint32_t field_number) const;
  [[nodiscard]] bool in_key(std::string_view field_name) const;
  [[nodiscard]] bool lasts(std::uint32_t field_number) const;  ///< Is it one of `lasting`?
};

// ---- Statistics: how measures are read --------------------------------------------------------

/// Over which days a term reads its measure. W = [from, to).
enum class Over : std::uint8_t {
  window,     ///< Days in W.
  until_end,  ///< Every day before `to`: a stock (+1 at the start of something, −1 at its end).
  before_today,  ///< As-of: due before today.
  next_days,     ///< As-of: [today, today + Term::days).
};
enum class Count : std::uint8_t {
  sum,       ///< Σ n.
  distinct,  ///< Keys whose Σ n is above 0.
  /// Of a window: likewise, where each key ends in its month ("…2023-05"), so that a thing counts
  /// once a month; `within` looks at what stands before the month. Of a stock: its keys times the
  /// calendar months that the window touches.
  monthly,
};
struct Term {
  std::string_view measure;
  Over over = Over::window;
  Count count = Count::sum;
  std::int64_t days = 0;
  std::string_view dim1 = {};  ///< Only contributions with this dim1; empty: all.
  /// Count only keys that are also in the stock of this measure at `to` (until_end, above 0).
  std::string_view within = {};
  /// Its dims aren't the statistic's: never split or filtered by them, its whole stands under each
  /// group (all compounds in service under those inspected, by kind of inspection).
  bool whole = false;
};
enum class Figure : std::uint8_t { number, percent, per_unit, fen, minutes, days };

/// A named figure. Without a denominator it is the numerator.
struct Statistic {
  std::string_view name;
  Label label;
  std::string_view family =
      {};  ///< "inspection", "training", "disclosure", "organisation", "assembly".
  Figure figure = Figure::number;
  Term numerator;
  std::optional<Term> denominator = {};
  std::string_view dim1 = {}, dim2 = {};  ///< What the dims are called in `--by`; empty: none.
  Label definition = {};                  ///< In words, for the person reading.
};

// ---- The whole ---------------------------------------------------------------------------------

/// Everything this version knows. Families add to it, each from its own file.
struct Schema {
  std::uint64_t version = 1;
  std::vector<RecordType> types;  ///< Ascending by number.
  std::vector<Statistic> statistics;
  /// Measures that two types feed because both mean the same by it (a compound that governs itself,
  /// by a committee or by its temporary body).
  std::vector<std::string_view> shared_measures = {};

  [[nodiscard]] const RecordType* type(std::string_view name) const;
  [[nodiscard]] const RecordType* type(std::uint32_t number) const;
  [[nodiscard]] const Statistic* statistic(std::string_view name) const;
};

/// The one schema of this executable, built on first use (thread-safe, immutable afterwards).
[[nodiscard]] const Schema& schema();

/// Checks the declarations themselves (numbers unique, keys and groups exist, plain text has a
/// reason, personal fields neither searched nor in keys, measures named by statistics exist …).
[[nodiscard]] std::vector<std::string> schema_mistakes(const Schema& schema);

/// The write policy that follows from the declarations: what `linli init` publishes.
[[nodiscard]] sync::Policy policy_of(const Schema& schema, std::uint64_t number,
                                     const Hash& previous);

// Families: each appends its types and statistics.
void add_system(Schema& schema);        ///< system.cpp: certificate, policy.
void add_retention(Schema& schema);     ///< retention.cpp: how long personal values stay.
void add_settings(Schema& schema);      ///< settings.cpp: the bureau's numbers, the calendar.
void add_organisation(Schema& schema);  ///< organisation.cpp: domain 2.1.
void add_training(Schema& schema);      ///< training.cpp: domain 2.5.
void add_disclosure(Schema& schema);    ///< disclosure.cpp: domain 2.4.
void add_inspection(Schema& schema);    ///< inspection.cpp: domain 2.6.
void add_service(Schema& schema);       ///< service.cpp: domain 2.4, standards and feedback.
void add_red_property(Schema& schema);  ///< red_property.cpp: domain 2.2.
void add_dispute(Schema& schema);       ///< dispute.cpp: domain 2.7.
void add_assembly(Schema& schema);      ///< assembly.cpp: domain 2.3, up to the counted vote.
void add_committee(Schema& schema);     ///< committee.cpp: domain 2.3, who is elected and how long.

}  // namespace linli::model
