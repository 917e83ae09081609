// tests/support/sticks.h: bundles between two nodes that have no line, for tests of node/bundles.h.
#pragma once

#include <algorithm>

#include "node/bundles.h"
#include "tests/support/photos.h"

namespace linli::test {

using node::BundleExport;
using node::BundleIntake;
using Mode = BundleIntake::Mode;

inline constexpr const char* kCode = "410702003901001";

struct PackOptions {
  std::string since;
  bool all = false, photos = false;
};

/// What `from` exports for `to`, as one stream of bytes; its report in `json`.
inline std::string pack(Node& from, Node& to, const PackOptions& options = {},
                        Json* json = nullptr) {
  node::ExportRequest request;
  request.recipient = to->identity().certificate;
  request.all = options.all;
  request.photos = options.photos;
  if (!options.since.empty()) {
    request.since = sync::BundleId::of(*crypto::from_hex(options.since));
  }
  auto bundle = BundleExport::prepare(*from, request);
  if (!bundle) FAIL("prepare: " << describe(bundle.error()));
  std::string bytes;
  const auto done = bundle->run([&](std::string_view piece) -> Result<void> {
    bytes.append(piece);
    return {};
  });
  if (!done) FAIL("export: " << describe(done.error()));
  if (json) *json = bundle->json();
  return bytes;
}

inline Result<Json> read(Node& node, std::string_view bytes, Mode mode) {
  BundleIntake intake(*node, mode);
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(50'000, bytes.size()))) {
    if (auto fed = intake.feed(bytes.substr(0, 50'000)); !fed) return fail(fed.error());
  }
  return intake.finish();
}

/// Checks it, which must change nothing, then takes it in.
inline Json import(Node& node, const std::string& bytes) {
  const auto before = dump(node);
  const auto checked = read(node, bytes, Mode::check);
  if (!checked) FAIL("check: " << describe(checked.error()));
  CHECK(dump(node) == before);
  const auto report = read(node, bytes, Mode::take);
  if (!report) FAIL("import: " << describe(report.error()));
  return *report;
}

inline Json carry(Node& from, Node& to, const PackOptions& options = {}) {
  return import(to, pack(from, to, options));
}

inline std::string building(int n) {
  return R"({"compound":"410702003901001","building_no":")" + std::to_string(n) + R"("})";
}

}  // namespace linli::test
