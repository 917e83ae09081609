#include "node/model/numbering.h"

#include <algorithm>
#include <charconv>

#include "crypto/cbor.h"
#include "node/model/declare.h"
#include "node/model/json.h"

namespace linli::model {

namespace {

constexpr Numbered kNumbered[] = {{"notice", "provisional_no", "official_no", "issued_on"},
                                  {"committee", "", "filing_no", "filed_on"},
                                  {"training_certificate", "", "cert_no", "issued_on"}};

constexpr std::string_view kYear = "{year}", kN = "{n}";
constexpr std::size_t kMarkDigits = 4, kProvisionalDigits = 4;

std::string padded(std::int64_t n, std::size_t digits) {
  auto text = std::to_string(n);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

/// All of `text` as a number above 0, written with digits only.
std::optional<std::int64_t> digits_of(std::string_view text) {
  std::int64_t n = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, n);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end || n < 1) return {};
  return n;
}

std::size_t times(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

std::string replaced(std::string text, std::string_view part, std::string_view by) {
  const auto at = text.find(part);
  return at == std::string::npos ? text : text.replace(at, part.size(), by);
}

}  // namespace

std::span<const Numbered> numbered_types() { return kNumbered; }

const Numbered* numbered(std::string_view type) {
  const auto* at = std::find_if(std::begin(kNumbered), std::end(kNumbered),
                                [type](const Numbered& one) { return one.type == type; });
  return at == std::end(kNumbered) ? nullptr : at;
}

// ---- Provisional -------------------------------------------------------------------------------

std::string provisional_prefix(std::string_view scope, const sync::AuthorId& author) {
  const auto slash = scope.rfind('/');
  const auto issuer = slash == std::string_view::npos ? scope : scope.substr(slash + 1);
  return std::string(issuer) + "-" + crypto::to_hex(author.view()).substr(0, kMarkDigits) + "-";
}

std::string provisional_number(std::string_view prefix, std::int64_t n) {
  return std::string(prefix) + padded(n, kProvisionalDigits);
}

std::optional<std::int64_t> provisional_count(std::string_view prefix, std::string_view number) {
  return number.starts_with(prefix) ? digits_of(number.substr(prefix.size())) : std::nullopt;
}

// ---- Official ----------------------------------------------------------------------------------

bool valid_form(std::string_view form) {
  if (times(form, kN) != 1 || times(form, kYear) > 1) return false;
  auto rest = replaced(replaced(std::string(form), kN, ""), kYear, "");
  return rest.find_first_of("{}") == std::string::npos;
}

std::string official_number(const NumberForm& form, std::int64_t year, std::int64_t n) {
  const auto digits = static_cast<std::size_t>(std::clamp<std::int64_t>(form.digits, 1, 9));
  return replaced(replaced(form.form, kYear, std::to_string(year)), kN, padded(n, digits));
}

std::optional<std::int64_t> official_count(const NumberForm& form, std::int64_t year,
                                           std::string_view number) {
  const auto text = replaced(form.form, kYear, std::to_string(year));
  const auto at = text.find(kN);
  if (at == std::string::npos) return {};
  const auto before = std::string_view(text).substr(0, at);
  const auto after = std::string_view(text).substr(at + kN.size());
  if (number.size() <= before.size() + after.size()) return {};
  if (!number.starts_with(before) || !number.ends_with(after)) return {};
  return digits_of(number.substr(before.size(), number.size() - before.size() - after.size()));
}

std::optional<NumberForm> number_form(const Lookup& lookup, std::string_view type,
                                      std::string_view issuer) {
  using namespace number_rule_field;
  const auto* declared = schema().type(kTypeNumberRule);
  const std::string city(issuer.substr(0, issuer.find('/')));
  const auto id = derived_id(*declared, lookup.city(), city,
                             {cbor::encode_text(type), cbor::encode_text(issuer)});
  const auto record = lookup.find(kTypeNumberRule, city, id);
  if (!record || record->removed) return {};
  const ViewOf view(*record);
  if (!valid_form(view->text(kForm))) return {};  // written by another version
  return NumberForm{std::string(view->text(kForm)), view->integer(kStart).value_or(1),
                    view->integer(kDigits).value_or(1)};
}

bool number_rivals(const RecordView& record, std::span<const RecordView> peers,
                   std::uint32_t field) {
  const auto number = record.text(field);
  if (record.removed || number.empty()) return false;
  return std::any_of(peers.begin(), peers.end(), [&](const RecordView& peer) {
    const bool itself = peer.id == record.id && peer.scope == record.scope;
    return !itself && !peer.removed && peer.text(field) == number;
  });
}

// ---- The rule, as a record ---------------------------------------------------------------------

namespace {

void number_rule_faults(const RecordView& record, std::vector<Fault>& faults) {
  const auto form = record.text(number_rule_field::kForm);
  if (form.empty() || valid_form(form)) return;
  add_fault(faults, "form", Errc::bad_value,
            "须含一个 {n}，可含一个 {year}，不得有其他花括号，例如 新住建物改〔{year}〕{n}号",
            "has {n} once, {year} at most once and no other braces");
}

void number_rule_authoring_faults(const RecordView& record, const Lookup&, const Moment&,
                                  std::vector<Fault>& faults) {
  using namespace number_rule_field;
  if (!numbered(record.text(kRecordType))) {
    std::string all;
    for (const auto& one : kNumbered) all += (all.empty() ? "" : ", ") + std::string(one.type);
    add_fault(faults, "record_type", Errc::bad_value, "这类记录没有文号；可用：" + all,
              "has no such number; there are: " + all);
  }
  const auto issuer = record.text(kIssuer);
  const bool here = issuer == record.scope || issuer.starts_with(std::string(record.scope) + "/");
  if (!here || !crypto::valid_scope(issuer)) {
    add_fault(faults, "issuer", Errc::bad_value, "须为本市或其下属机构的范围路径",
              "must be the scope path of the city or a unit of it");
  }
}

RecordType number_rule() {
  using namespace number_rule_field;
  return {.number = kTypeNumberRule,
          .name = "number_rule",
          .label = {"文号规则", "Number rule"},
          .home = Home::city,
          .key = {"record_type", "issuer"},
          .audience = sync::Audience::below,
          .fields = {text(kRecordType, "record_type", {"文书类型", "Record type"}, 60)
                         .required()
                         .plain(kReasonCode),
                     text(kIssuer, "issuer", {"编号机关范围", "Scope of who gives it"}, 200)
                         .required()
                         .plain(kReasonCode),
                     text(kForm, "form", {"文号形式", "Form"}, 60)
                         .required()
                         .plain(kReasonPublished)
                         .hint({"{year} 为年份，{n} 为顺序号：新住建物改〔{year}〕{n}号",
                                "{year} and {n} are replaced"}),
                     integer(kStart, "start", {"起始号", "First number"}).range(1, 1'000'000),
                     integer(kDigits, "digits", {"最少位数", "Digits at least"}).range(1, 9),
                     text(6, "basis", {"依据", "Basis"}).plain(kReasonPublished)},
          .title = "form",
          .writers = kHub,
          .removers = kHub,
          .faults = number_rule_faults,
          .authoring_faults = number_rule_authoring_faults};
}

}  // namespace

void add_number_rule(Schema& schema) { schema.types.push_back(number_rule()); }

}  // namespace linli::model
