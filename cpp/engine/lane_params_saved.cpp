// The block of a snapshot that holds parameters: every field with its name and type, then its values.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "errors.hpp"
#include "lane_params.hpp"

namespace plyo {
namespace {

class Writer {
 public:
  template <class T>
  void put(const T& value) {
    const auto* const first = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), first, first + sizeof(value));
  }
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    const auto* const first = reinterpret_cast<const std::byte*>(text.data());
    bytes_.insert(bytes_.end(), first, first + text.size());
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// Reads bytes from anywhere.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  T get() {
    T value{};
    std::memcpy(&value, take(sizeof(value)), sizeof(value));
    return value;
  }
  std::string get_text() {
    const auto size = get<std::uint32_t>();
    const auto* const first = reinterpret_cast<const char*>(take(size));
    return std::string(first, size);
  }
  std::size_t size() const { return rest_.size(); }
  [[noreturn]] static void refuse() {
    throw std::invalid_argument("set_state: the parameters that the state holds are damaged");
  }

 private:
  const std::byte* take(std::size_t size) {
    if (rest_.size() < size) refuse();
    const std::byte* const first = rest_.data();
    rest_ = rest_.subspan(size);
    return first;
  }

  std::span<const std::byte> rest_;
};

void put_shared(Writer& writer, const Field& field, const Value& value) {
  if (field.type == ValueType::kName) {
    writer.put(value.integer);
    return writer.put_text(value.text);
  }
  if (value.type == ValueType::kText) return writer.put_text(value.text);
  if (value.type == ValueType::kTexts) {
    writer.put(static_cast<std::uint32_t>(value.texts.size()));
    for (const Text item : value.texts) writer.put_text(item);
    return;
  }
  writer.put(static_cast<std::uint8_t>(value.numbers.integers ? 1 : 0));
  writer.put(static_cast<std::uint32_t>(value.numbers.size()));
  for (const double number : value.numbers) writer.put(number);
}

Value get_shared(Reader& reader, ValueType type, ValueStore& store) {
  Value value{.type = type};
  if (type == ValueType::kName) {
    value.integer = reader.get<std::int64_t>();
    value.text = store.keep(reader.get_text());
    value.type = value.text.empty() ? ValueType::kInteger : ValueType::kText;
  } else if (type == ValueType::kText) {
    value.text = store.keep(reader.get_text());
  } else if (type == ValueType::kTexts) {
    std::vector<std::string> texts;
    for (auto left = reader.get<std::uint32_t>(); left > 0; --left) texts.push_back(reader.get_text());
    value.texts = store.keep_texts(texts);
  } else {
    const bool integers = reader.get<std::uint8_t>() != 0;
    std::vector<double> numbers;
    for (auto left = reader.get<std::uint32_t>(); left > 0; --left) numbers.push_back(reader.get<double>());
    value.numbers = store.keep_numbers(std::move(numbers), integers);
  }
  return value;
}

bool same_value(const Value& a, const Value& b) {
  if (a.type != b.type) return false;
  if (a.type == ValueType::kInteger) return a.integer == b.integer;
  if (a.type == ValueType::kText) return a.text == b.text;
  if (a.type == ValueType::kTexts) {
    return std::equal(a.texts.begin(), a.texts.end(), b.texts.begin(), b.texts.end());
  }
  return a.numbers.integers == b.numbers.integers &&
         std::equal(a.numbers.begin(), a.numbers.end(), b.numbers.begin(), b.numbers.end());
}

// The values of one field that a block holds.
struct Saved {
  const Field* field;
  Value shared{};
  std::vector<std::uint64_t> words{};  // of numbers, by saved lane

  Value at(std::size_t lane) const {
    if (words.empty()) return shared;
    Value value{.type = field->type};
    if (field->type == ValueType::kReal) {
      std::memcpy(&value.real, &words[lane], sizeof(double));
    } else {
      std::memcpy(&value.integer, &words[lane], sizeof(std::int64_t));
    }
    return value;
  }
};

std::vector<Saved> read_block(std::span<const std::byte> block, std::size_t num_saved, const EnvInfo& info,
                              std::span<const Field> numbers, ValueStore& store) {
  Reader reader(block);
  std::vector<Saved> all;
  const auto num_fields = reader.get<std::uint32_t>();
  if (num_fields != info.params.size() + info.constants.size()) Reader::refuse();
  for (const FieldList* const list : {&info.params, &info.constants}) {
    for (const Field& field : *list) {
      const auto type = reader.get<std::uint8_t>();
      if (type != static_cast<std::uint8_t>(field.type) || reader.get_text() != field.name) Reader::refuse();
      Saved& saved = all.emplace_back(&field);
      if (!is_number(field.type)) {
        saved.shared = get_shared(reader, field.type, store);
        if (field.count > 0 && saved.shared.numbers.size() != field.count) Reader::refuse();
        continue;
      }
      for (std::size_t i = 0; i < num_saved; ++i) {
        saved.words.push_back(reader.get<std::uint64_t>());
        if (field.type == ValueType::kBool && saved.words.back() > 1) Reader::refuse();
      }
    }
  }
  // numbers that are not the usual ones, if there are any
  for (std::uint32_t left = reader.size() == 0 ? 0 : reader.get<std::uint32_t>(); left > 0; --left) {
    const std::string name = reader.get_text();
    const auto field = std::find_if(numbers.begin(), numbers.end(),
                                    [&](const Field& each) { return each.name == std::string_view(name); });
    if (field == numbers.end()) Reader::refuse();
    Saved& saved = all.emplace_back(&*field);
    for (std::size_t i = 0; i < num_saved; ++i) saved.words.push_back(reader.get<std::uint64_t>());
  }
  if (reader.size() != 0) Reader::refuse();
  return all;
}

}  // namespace

std::vector<std::byte> LaneParams::save(std::span<const std::size_t> lanes) const {
  Writer writer;
  writer.put(static_cast<std::uint32_t>(info_.params.size() + info_.constants.size()));
  for (const FieldList* const list : {&info_.params, &info_.constants}) {
    for (const Field& field : *list) {
      writer.put(static_cast<std::uint8_t>(field.type));
      writer.put_text(field.name);
      if (!is_number(field.type)) {
        put_shared(writer, field, value(field, 0));
        continue;
      }
      for (std::size_t i = 0; i < (lanes.empty() ? num_lanes_ : lanes.size()); ++i) {
        const Value saved = value(field, lanes.empty() ? i : lanes[i]);
        if (field.type == ValueType::kReal) {
          writer.put(saved.real);
        } else {
          writer.put(saved.integer);
        }
      }
    }
  }
  std::vector<std::size_t> listed(lanes.begin(), lanes.end());
  if (listed.empty()) {
    listed.resize(num_lanes_);
    std::iota(listed.begin(), listed.end(), std::size_t{0});
  }
  const std::vector<const Field*> numbers = changed_numbers(listed);
  if (numbers.empty()) return writer.take();
  writer.put(static_cast<std::uint32_t>(numbers.size()));
  for (const Field* const field : numbers) {
    writer.put_text(field->name);
    for (const std::size_t lane : listed) writer.put(value(*field, lane).real);
  }
  return writer.take();
}

LaneParams::Change LaneParams::prepare_saved(std::span<const std::byte> block, std::size_t num_saved,
                                             std::span<const std::size_t> lanes, CheckState check_state) {
  const bool all = are_all(lanes);
  std::vector<Saved> saved;
  if (block.empty()) {
    for (const FieldList* const list : {&info_.params, &info_.constants}) {
      for (const Field& field : *list) saved.push_back({&field, field.get(original_.data())});
    }
  } else {
    saved = read_block(block, num_saved, info_, number_fields_, values_);
  }
  for (const Saved& each : saved) {
    if (all || is_number(each.field->type) || same_value(each.shared, value(*each.field, 0))) continue;
    throw std::invalid_argument(text("set_state: the parameter '", each.field->name,
                                     "' of the state differs from that of this batch, whose environments "
                                     "all have the same: restore all of them"));
  }
  const bool alike = block.empty() || num_saved == 1;
  const auto set = [&](std::size_t i, void* params) {
    for (const Field& number : number_fields_) this->set(number, params, get(number, defaults_.data()));
    for (const Saved& each : saved) this->set(*each.field, params, each.at(alike ? 0 : i));
  };
  Change change = stage({.lanes = lanes, .alike = alike, .set = set, .draws = draws_, .checks_spaces = true},
                        check_state);
  if (all && !change.shared_) {
    // texts and lists are those of all lanes
    Words words = shared_;
    for (const Saved& each : saved) {
      if (!is_number(each.field->type)) each.field->set(words.data(), each.shared);
    }
    change.shared_table_ = make_table(words.data());
    change.shared_ = std::move(words);
  }
  return change;
}

}  // namespace plyo
