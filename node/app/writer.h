// node/app/writer.h: where a command's changes go: into the folder itself, or to the running node.
//
// One process may write to a data folder. While `linli serve` is that process, commands hand their
// changes to it over HTTP: the same road, the same answers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/app/console.h"
#include "node/http_client.h"
#include "node/replica.h"

namespace linli::app {

/// One line of input that parsed.
struct Line {
  std::size_t number = 0;  ///< In the input, from 1.
  std::string text;        ///< As it came; goes to the running node.
  Json json;               ///< The same, parsed; empty once it is sent.
};

/// What became of a line. `done`: created, changed, unchanged, removed, refused.
struct LineOutcome {
  std::string id, scope, done;
  std::vector<Json> faults;  ///< {field, code, zh, en}
  std::size_t settled = 0;   ///< Conflicts of the record that were open before.
};

class Writer {
 public:
  virtual ~Writer() = default;
  /// Outcomes in the order of the lines; what isn't refused is durable. Errors: nothing is known
  /// of these lines (unreachable), or none went in (disk_full, io, too_large).
  [[nodiscard]] virtual Result<std::vector<LineOutcome>> put(const model::RecordType& type,
                                                             const std::vector<Line>& lines,
                                                             const node::PutOptions& options) = 0;
  /// Errors: not_found, forbidden and the like.
  [[nodiscard]] virtual Result<void> remove(const model::RecordType& type, const std::string& scope,
                                            const std::string& id) = 0;
};

/// The folder's lock, or else the node that holds it.
struct Door {
  std::unique_ptr<node::Replica> replica;  ///< Ours, if nobody serves.
  std::unique_ptr<node::HttpClient> node;  ///< Else the running node.
  std::string url;                         ///< Its address.
};
/// Errors: as Replica::open; data_dir_in_use if who holds the lock doesn't serve.
[[nodiscard]] Result<Door> open_door(const std::filesystem::path& data,
                                     const sync::WallClock& clock);
[[nodiscard]] std::unique_ptr<Writer> writer_through(Door& door);

/// A request to the running node; an answer other than 2xx is an error, read from its problem
/// document.
[[nodiscard]] Result<std::string> ask(node::HttpClient& node, const std::string& method,
                                      const std::string& path, const std::string& body = {},
                                      const std::string& content_type = {});
/// The same with JSON both ways. Errors: likewise; internal (an answer that is no object).
[[nodiscard]] Result<Json> ask_json(node::HttpClient& node, const std::string& path,
                                    const Json& body, const std::string& method = "POST");
/// What an answer other than 2xx says, read from its problem document.
[[nodiscard]] Error problem_of(const node::HttpAnswer& answer);
/// For a query string.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace linli::app
