// api/company_view.h: what an account of role company is shown of others, and may touch: the same
// as a node of that company would be (node/roles.h): no personal values of other companies' people.
#pragma once

#include <httplib.h>

#include <map>

#include "api/context.h"

namespace linli::api {

class CompanyView {
 public:
  CompanyView(Context& context, const httplib::Request& request);

  /// False: the caller isn't a company, and everything is shown as it is.
  [[nodiscard]] bool narrows() const { return narrows_; }
  /// Replaces personal values of what isn't this company's by {"withheld": true}. `fields` as
  /// records are answered; `all`: the record's own, which say whose it is.
  void withhold(const model::RecordType& type, Json& fields, const Json& all);
  void withhold(const model::RecordType& type, Json& item) {
    withhold(type, item["fields"], Json(item["fields"]));
  }
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

  Context& context_;
  bool narrows_ = false;
  std::string own_;                           ///< Empty: an account without a company.
  std::map<std::string, std::string> known_;  ///< By the record that was referred to.
};

}  // namespace linli::api
