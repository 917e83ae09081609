// prove: a file that shows what the city holds of one record, to whoever has the city's name.
#include <filesystem>

#include "node/app/commands.h"
#include "node/app/console.h"
#include "node/app/letters.h"
#include "node/app/noted.h"
#include "node/data_dir.h"
#include "node/proving.h"
#include "node/store/history.h"
#include "node/store/reading.h"
#include "node/upstream.h"

namespace linli::app {
namespace {

Result<sync::RecordName> record_of(store::Store& store, const ProveOptions& options) {
  const auto type = type_named(options.type);
  if (!type) return fail(type.error());
  const auto id = sync::record_id(options.id);
  if (!id) {
    return fail(Errc::bad_value,
                "记录编号是 UUID a record id is a UUID; `linli records list` shows them", "id");
  }
  auto scope = options.scope.empty() ? store::scope_of(store, options.type, *id)
                                     : Result<std::string>(options.scope);
  if (!scope) return fail(scope.error());
  return sync::RecordName{(*type)->number, std::move(*scope), *id};
}

bool keeps_history(store::Store& store) {
  auto lease = store.read();
  return store::history_size(*lease) != 0;
}

/// With the help of the node's own history, or of the hub's.
Result<node::ProofMade> make(store::Store& store, const ProveOptions& options,
                             const sync::RecordName& record) {
  if (keeps_history(store)) {
    const auto key = crypto::SigningKey::load(node::DataDir(options.data).node_key());
    if (!key) return fail(key.error());
    return node::prove(store, record, options.personal, node::place_here(store, *key));
  }
  const auto urls = node::sync_settings(store).upstreams;
  if (urls.empty()) {
    return fail(Errc::not_found,
                "出具证明需要市局中心，而本节点没有上级 the hub's help is needed and this node has "
                "no upstream: "
                "`linli sync upstream set URL`, or prove it at the hub");
  }
  node::HttpClient upstream(urls.front());
  upstream.meet();  // What is asked is everybody's, and each answer is checked by signatures.
  return node::prove(store, record, options.personal, node::place_above(upstream));
}

/// Personal values go to whoever is handed the file: who took them out stands in the audit log.
Result<void> note_personal(const ProveOptions& options, const sync::RecordName& record,
                           const std::string& path) {
  if (!options.personal) return {};
  return note_entry(
      options.data,
      {.who = {}, .act = "prove", .type = options.type, .records = {record.id}, .what = path});
}

Result<void> check_free(const std::string& path, bool force) {
  std::error_code ec;
  if (force || !std::filesystem::exists(path, ec)) return {};
  return fail(Errc::bad_usage,
              "文件已存在，换名或加 --force it is there already, --force replaces it: " + path);
}

}  // namespace

int prove(const ProveOptions& options) {
  const auto path = options.out.empty() ? options.id + ".linli-proof" : options.out;
  if (auto free = check_free(path, options.force); !free) return refuse(free.error());
  auto store = open_to_read(options.data);
  if (!store) return refuse(store.error());
  const auto record = record_of(**store, options);
  if (!record) return refuse(record.error());
  const auto made = make(**store, options, *record);
  if (!made) return refuse(made.error());
  const auto bytes = made->file.encode();
  if (auto noted = note_personal(options, *record, path); !noted) return refuse(noted.error());
  if (auto written = write_letter(path, bytes, true); !written) return refuse(written.error());
  const auto book = crypto::CertificateBook::found(made->file.root);
  if (!book) return refuse(book.error());
  const auto city = crypto::to_hex(book->city().view());
  if (options.json) {
    print_json({{"file", path},
                {"bytes", bytes.size()},
                {"change_sets", made->file.sets.size()},
                {"left_out", made->left_out},
                {"condensed", made->condensed},
                {"city", city}});
    return 0;
  }
  print("已写入 " + path + "（" + std::to_string(bytes.size()) + " 字节，" +
        std::to_string(made->file.sets.size()) + " 个变更集）。 Written.");
  if (made->left_out > 0) {
    print("另有 " + std::to_string(made->left_out) +
          " 个变更集市局尚未收到，不在其中；请同步后重做。");
  }
  if (made->condensed) print("更早的改动已并入快照，请在市局中心出具完整证明。");
  print("核对 check: linli check-proof " + path + " --root " + city);
  return 0;
}

}  // namespace linli::app
