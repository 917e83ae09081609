#include "node/store/pending.h"

#include "crypto/cbor.h"

namespace linli::store {

constexpr std::string_view kMeta = "pending";  ///< Few and small: one value, no table.

std::vector<PendingRow> load_pending(Log& log) {
  const auto stored = log.meta(kMeta);
  if (!stored) return {};
  cbor::Reader r(*stored);
  std::vector<PendingRow> rows;
  for (auto left = r.array(); left > 0 && r.ok(); --left) {
    const auto parts = r.array();
    if (parts != 4 && parts != 5) r.reject("a row has four parts or five");
    const auto key = r.bytes(32), request = r.bytes();
    const auto arrived = r.sint();
    const auto refused = r.boolean();
    const auto from = parts == 5 ? r.text() : std::string_view();
    if (!r.ok()) break;
    rows.push_back(
        {crypto::PublicKey::of(key), std::string(request), arrived, refused, std::string(from)});
  }
  return rows;
}

void save_pending(Log& log, const std::vector<PendingRow>& rows) {
  cbor::Writer w;
  w.array(rows.size());
  for (const auto& row : rows) {
    w.array(5);
    w.bytes(row.key.view());
    w.bytes(row.request);
    w.sint(row.arrived);
    w.boolean(row.refused);
    w.text(row.from);
  }
  log.set_meta(kMeta, w.view());
}

}  // namespace linli::store
