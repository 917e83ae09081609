#include "node/store/credit.h"

#include "node/store/reading_detail.h"

namespace linli::store {

using namespace reading;

namespace {

class CreditReader {
 public:
  CreditReader(Store& store, Database& db) : store_(store), db_(db) {}

  /// Records of a type that aren't removed; `value` is bound to the ?1 of `where`.
  [[nodiscard]] std::vector<model::Record> all(std::string_view type, const std::string& where = {},
                                               std::string_view value = {}, bool blob = false) {
    const auto* table = store_.projector().table(model::schema().type(type)->number);
    auto s = db_.prepare(table->select() + " WHERE (_flags & 1) = 0" +
                         (where.empty() ? "" : " AND " + where) + " ORDER BY _rec");
    if (!where.empty() && blob) s.bind_blob(1, value);
    if (!where.empty() && !blob) s.bind_text(1, value);
    std::vector<model::Record> records;
    while (s.step()) {
      auto row = table->read(s);
      row.record.scope = path_of(db_, row.scope);
      records.push_back(std::move(row.record));
    }
    return records;
  }

 private:
  Store& store_;
  Database& db_;
};

}  // namespace

Result<model::credit::Held> held_credit(Store& store, const std::optional<std::string>& uscc) {
  try {
    auto lease = store.read();
    const Transaction snapshot(*lease, true);
    CreditReader reader(store, *lease);
    model::credit::Held held;
    held.companies = uscc ? reader.all("company", "uscc = ?1", *uscc) : reader.all("company");
    if (uscc && held.companies.empty()) {
      return fail(Errc::not_found,
                  "本机没有统一社会信用代码为 " + *uscc +
                      " 的企业 no company of that code here: `linli records list company` shows "
                      "them",
                  "uscc");
    }
    // A ref's column ends with [type, id] or has the scope behind it: the id stands at one place.
    held.events = uscc ? reader.all("credit_event", "instr(company, ?1) > 0",
                                    held.companies.front().id.view(), true)
                       : reader.all("credit_event");
    held.rules = reader.all("credit_rule");
    held.scales = reader.all("credit_scale");
    return held;
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
}

}  // namespace linli::store
