// api/company_view.h: what an account isn't shown of people. Of role company: personal values of
// other companies' people, nor may it touch their records, as a node of that company might not. Of
// any role but office and street: owner registers and ballots, which stay with those who work with
// them (node/roles.h); who collects ballots is shown them without the people in them.
#pragma once

#include <httplib.h>

#include <map>

#include "api/context.h"

namespace linli::api {

class CompanyView {
 public:
  CompanyView(Context& context, const httplib::Request& request);

  /// May it see records of this type at all?
  [[nodiscard]] bool shows(const model::RecordType& type) const;
  /// The same of JSON with a member `type`; one that this version doesn't know is shown.
  [[nodiscard]] bool shows(const Json& item) const;
  /// Why not, if it may not.
  [[nodiscard]] std::optional<Error> refusal(const model::RecordType& type) const;
  /// Types of which it is shown nothing because they stay in community and street.
  [[nodiscard]] Json left_out() const;
  /// Takes out of a list what it may not see; how many that were.
  std::size_t leave_out(Json& items) const;
  [[nodiscard]] bool shows_who_voted() const;
  /// Is the caller a company?
  [[nodiscard]] bool narrows() const { return narrows_; }
  /// Replaces personal values that this caller isn't shown by {"withheld": true}. `fields` as
  /// records are answered; `all`: the record's own, which say whose it is.
  void withhold(const model::RecordType& type, Json& fields, const Json& all);
  void withhold(const model::RecordType& type, Json& item) {
    withhold(type, item["fields"], Json(item["fields"]));
  }
  /// The same in all versions of a conflict, and in what an answer to its settlement says.
  void withhold_in_conflict(Json& conflict);
  void withhold_in_writes(Json& settled);
  /// May it be shown an attachment that personal fields of records of these types name?
  [[nodiscard]] std::optional<Error> refusal_of_attachment(
      const std::vector<std::uint32_t>& types) const;
  /// May it be changed by this company? What refers to a company is that company's.
  [[nodiscard]] std::optional<Error> refusal(const model::RecordType& type,
                                             const std::string& scope, const sync::RecordId& id);
  /// The same for what shall be put: it may name another company, or a record by its id or key.
  [[nodiscard]] std::optional<Error> refusal(const node::Wish& wish);
  /// A filter by a personal value would tell by yes and no what isn't shown.
  [[nodiscard]] std::optional<Error> refusal_of_filter(const model::RecordType& type,
                                                       const std::string& field) const;
  /// Types whose records decide what this company is shown of records of `type`: after a change of
  /// them, what it was shown before may be what it isn't shown now.
  [[nodiscard]] std::vector<std::uint32_t> upsetting(const model::RecordType& type) const;

 private:
  [[nodiscard]] std::optional<Error> refusal_of_named(node::Wish& wish);
  /// A sign-in is its person's, who is their company's; nothing is further away.
  static constexpr int kDepth = 3;
  /// The code of the company that a record is about; empty: of none.
  [[nodiscard]] std::string company_of(const model::RecordType& type, const Json& fields,
                                       int depth = kDepth);
  [[nodiscard]] std::string company_at(const Json& ref, int depth);
  /// All of them, whosesoever.
  [[nodiscard]] bool hides(const model::RecordType& type) const;

  Context& context_;
  bool narrows_ = false;
  std::string role_;                          ///< Empty: no account; everything is shown.
  std::string own_;                           ///< Empty: an account without a company.
  std::map<std::string, std::string> known_;  ///< By the record that was referred to.
};

}  // namespace linli::api
