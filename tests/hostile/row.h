// tests/hostile/row.h: one attack: what is done, and all that may come of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace linli::hostile {

class Scene;

struct Row {
  std::string name;  ///< What the attacker does.
  /// Does it, and answers with what he was told: "413 too_large", "200 bad_signature", "closed"; of
  /// an object that he pushed the verdict, "out_of_scope".
  std::function<std::string(Scene&)> attack;
  std::string refused;      ///< Exactly that.
  std::string logged = {};  ///< Stands in the node's log then; empty: no warning and no error does.
  /// What the node holds besides afterwards: "evidence 1", "waiting 1", "sets 2"; "evidence *":
  /// some. Empty: nothing.
  std::string left = {};
};

/// The rows of one file, and which node is attacked.
struct Table {
  std::string subject, file, node;
  std::vector<Row> (*rows)();
};
[[nodiscard]] const std::vector<Table>& tables();

// One for each file.
[[nodiscard]] std::vector<Row> wire_attacks();
[[nodiscard]] std::vector<Row> object_attacks();
[[nodiscard]] std::vector<Row> chain_attacks();
[[nodiscard]] std::vector<Row> blob_attacks();
[[nodiscard]] std::vector<Row> http_attacks();
[[nodiscard]] std::vector<Row> session_attacks();
[[nodiscard]] std::vector<Row> text_attacks();
[[nodiscard]] std::vector<Row> enrolment_attacks();
[[nodiscard]] std::vector<Row> upstream_attacks();
[[nodiscard]] std::vector<Row> flood_attacks();

}  // namespace linli::hostile
