#include "node/tables/xlsx_template.h"

#include <xlsxwriter.h>

#include <algorithm>

#include "node/tables/table_writer.h"

namespace linli::tables {
namespace {

using model::Field;
using model::FieldType;

std::string choices_help(const Field& field) {
  std::string text;
  for (const auto& value : field.values) {
    text += (text.empty() ? "填：" : "、") + std::string(value.label.zh);
  }
  return text;
}

std::string ref_help(const Field& field) {
  std::string text;
  for (const auto name : field.targets) {
    const auto* type = model::schema().type(name);
    if (!type) continue;
    std::string key;
    for (const auto part : type->key) {
      key += (key.empty() ? "或" : "/") + std::string(type->field(part)->label.zh);
    }
    text += (text.empty() ? "" : "；") + std::string(type->label.zh) + "的记录编号" + key;
  }
  return text;
}

std::string form_help(const Field& field, int places) {
  switch (field.type) {
    case FieldType::integer:
      return places > 0 ? "数字，最多 " + std::to_string(places) + " 位小数" : "整数";
    case FieldType::boolean:
      return "填：是、否";
    case FieldType::date:
      return "日期，如 2024-03-05";
    case FieldType::instant:
      return "日期和时刻，如 2024-03-05 09:30";
    case FieldType::choice:
    case FieldType::state:
      return choices_help(field);
    case FieldType::choices:
      return choices_help(field) + "，多项用、隔开";
    case FieldType::texts:
      return "多项用、隔开";
    case FieldType::ref:
      return ref_help(field);
    case FieldType::refs:
      return ref_help(field) + "，多项用、隔开";
    case FieldType::marks:
      return "项目=结果，用、隔开；结果" + choices_help(field);
    case FieldType::geo:
      return "纬度,经度 ±精度（米），如 35.3000000,113.9000000 ±5.0";
    case FieldType::blob:
    case FieldType::blobs:
      return "附件编号";
    default:
      return {};
  }
}

/// What a person chooses from, if a spreadsheet can hold it: 255 characters together.
std::vector<std::string> offered(const Field& field) {
  constexpr std::size_t kTogetherMax = 255;
  std::vector<std::string> list;
  if (field.type == FieldType::boolean) return {"是", "否"};
  if (field.type != FieldType::choice && field.type != FieldType::state) return list;
  std::size_t size = 0;
  for (const auto& value : field.values) {
    list.emplace_back(value.label.zh);
    size += list.back().size() + 1;
  }
  return size > kTogetherMax ? std::vector<std::string>{} : list;
}

class Template {
 public:
  Template(const model::RecordType& type, lxw_workbook* book) : type_(type), book_(book) {
    bold_ = workbook_add_format(book);
    format_set_bold(bold_);
    wrapped_ = workbook_add_format(book);
    format_set_text_wrap(wrapped_);
    text_ = workbook_add_format(book);
    format_set_num_format(text_, "@");  // So that long numbers stay whole.
  }

  void write() {
    auto* sheet = workbook_add_worksheet(book_, "填写");
    auto* notes = workbook_add_worksheet(book_, "说明");
    constexpr double kNarrow = 16, kHeading = 28, kHelp = 80;
    worksheet_set_column(notes, 0, 0, kHeading, nullptr);
    worksheet_set_column(notes, 1, 1, kHelp, wrapped_);
    worksheet_write_string(notes, 0, 0, "列", bold_);
    worksheet_write_string(notes, 0, 1, "怎么填", bold_);
    worksheet_freeze_panes(sheet, 1, 0);
    const auto columns = template_columns(type_);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto col = static_cast<lxw_col_t>(i);
      const auto* value = columns[i].value();
      const bool number = value && value->type == FieldType::integer;
      worksheet_set_column(sheet, col, col, kNarrow, number ? nullptr : text_);
      worksheet_write_string(sheet, 0, col, columns[i].heading.c_str(), bold_);
      const auto row = static_cast<lxw_row_t>(i + 1);
      worksheet_write_string(notes, row, 0, columns[i].heading.c_str(), nullptr);
      worksheet_write_string(notes, row, 1, column_help(type_, columns[i]).c_str(), wrapped_);
      if (value) offer(sheet, col, *value);
    }
  }

 private:
  static void offer(lxw_worksheet* sheet, lxw_col_t col, const Field& field) {
    const auto list = offered(field);
    if (list.empty()) return;
    std::vector<char*> values;  // Which the library copies.
    for (const auto& one : list) values.push_back(const_cast<char*>(one.c_str()));
    values.push_back(nullptr);
    lxw_data_validation validation{};
    validation.validate = LXW_VALIDATION_TYPE_LIST;
    validation.value_list = values.data();
    constexpr lxw_row_t kRowsOffered = 10'000;
    worksheet_data_validation_range(sheet, 1, col, kRowsOffered, col, &validation);
  }

  const model::RecordType& type_;
  lxw_workbook* book_;
  lxw_format *bold_, *wrapped_, *text_;
};

}  // namespace

std::string xlsx_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto part = text.substr(i, 7);
    const bool escape = part.size() == 7 && part.starts_with("_x") && part.back() == '_' &&
                        part.substr(2, 4).find_first_not_of("0123456789abcdefABCDEF") == part.npos;
    if (escape) out += "_x005F";
    out += text[i];
  }
  return out;
}

std::string column_help(const model::RecordType& type, const Column& column) {
  if (column.use == Column::Use::id) {
    return "修改已有记录时填写；新增留空" +
           std::string(type.key.empty() ? "" : "，系统按编号项识别");
  }
  if (column.use == Column::Use::scope) return "留空即本单位范围；否则填路径，如 410700/410702";
  const auto* value = column.value();
  if (!value) return {};
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (!part.empty()) text += (text.empty() ? "" : "；") + part;
  };
  if (value->need == model::Need::required) add("必填");
  if (column.field && type.in_key(column.field->name)) add("编号项，填后不能改");
  add(form_help(*value, column.places));
  if (column.item) add("一条记录有多行明细时，下面各行只填明细各列");
  add(std::string(value->help.zh));
  return text;
}

std::vector<Column> template_columns(const model::RecordType& type) {
  auto columns = columns_of(type);
  std::erase_if(columns, [](const Column& column) {
    return column.field && column.field->need == model::Need::derived;
  });
  return columns;
}

Result<void> write_csv_template(const model::RecordType& type, Sink sink) {
  const auto writer = write_csv(std::move(sink));
  std::vector<CellText> headings, help;
  for (const auto& column : template_columns(type)) {
    headings.push_back({column.heading});
    help.push_back({column_help(type, column)});
  }
  if (!help.empty()) help.front().text = "#说明（此行不导入）" + help.front().text;
  if (auto written = writer->row(headings); !written) return written;
  if (auto written = writer->row(help); !written) return written;
  return writer->finish();
}

Result<void> write_xlsx_template(const model::RecordType& type, const std::filesystem::path& file) {
  auto* book = workbook_new(file.c_str());
  if (!book) return fail(Errc::io, "can't write " + file.string());
  Template(type, book).write();
  if (workbook_close(book) == LXW_NO_ERROR) return {};
  return fail(Errc::io, "can't write " + file.string());
}

}  // namespace linli::tables
