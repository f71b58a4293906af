// cpp/spaces: draws against gymnasium 1.4.0 over numpy 2.4.6, whose samples of seed 7 are the constants, and
// functions of raw buffers.
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "spaces/layout.hpp"

namespace {

using namespace plyo::spaces;
using Type = ElementType;

constexpr double kInf = std::numeric_limits<double>::infinity();

// A stream of seed 7, as `space.seed(7)` starts it.
struct Seeded {
  plyo::Rng rng = plyo::seeded_rng(7);
  BitSource bits = bit_source(rng);
};

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<std::int64_t> draw_discrete(const Discrete& discrete, int count, std::uint64_t& next_word) {
  Seeded seeded;
  std::vector<std::int64_t> drawn;
  for (int i = 0; i < count; ++i) drawn.push_back(sample(discrete, seeded.bits));
  next_word = seeded.bits.raw(seeded.bits.state);
  return drawn;
}

template <class T>
std::vector<T> draw_box(const Box& box, int count) {
  Seeded seeded;
  const Stream stream{.bits = &seeded.bits};
  CHECK(obstacle(box.view(), stream.distributions) == Obstacle::kNone);
  std::vector<T> all;
  for (int i = 0; i < count; ++i) {
    std::vector<T> one(box.bounded_below.size());
    sample(box.view(), stream, one.data());
    CHECK(contains(box.view(), one.data()));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::string draw_text(const TextView& text, const std::string& characters, BitSource& bits) {
  std::vector<std::uint32_t> places(text.max_length);
  places.resize(sample(text, bits, places.data()));
  std::string string;
  for (const std::uint32_t place : places) string += characters[place];
  return string;
}

}  // namespace

PLYO_TEST(spaces_discrete_draws_are_gymnasiums_in_every_type) {
  using Numbers = std::vector<std::int64_t>;
  std::uint64_t next = 0;
  for (const Type type : {Type::kInt8, Type::kUInt8}) {
    CHECK(draw_discrete({type, 20, 100}, 4, next) == (Numbers{74, 45, 61, 93}));
  }
  for (const Type type : {Type::kInt16, Type::kUInt16}) {
    CHECK(draw_discrete({type, 20, 100}, 4, next) == (Numbers{49, 45, 61, 100}));
  }
  for (const Type type : {Type::kInt32, Type::kUInt32, Type::kInt64, Type::kUInt64}) {
    CHECK(draw_discrete({type, 20, 100}, 4, next) == (Numbers{114, 82, 88, 109}));
    CHECK_EQ(next, 0xC693565F940AF962U);
  }
  CHECK(draw_discrete({Type::kInt64, -5, std::int64_t{1} << 40}, 3, next) ==
        (Numbers{687299733996, 986497006762, 852875435919}));
  CHECK_EQ(next, 0x39A72DABD56A2742U);
  CHECK(draw_discrete({Type::kUInt8, 0, 255}, 4, next) == (Numbers{138, 168, 148, 187}));
  CHECK(draw_discrete({Type::kInt64, 3, 1}, 3, next) == (Numbers{3, 3, 3}));  // which takes no word
  CHECK_EQ(next, 0xA00641A9F1E54A8BU);
}

PLYO_TEST(spaces_box_draws_are_gymnasiums_in_every_type) {
  CHECK(draw_box<float>(box(Type::kFloat32, 3, -1.5, 2.5), 2) ==
        (std::vector<float>{1.0003818273544312F, 2.088855266571045F, 1.6027427911758423F,
                            -0.5991712212562561F, -0.299334853887558F, 1.9942138195037842F}));
  CHECK(draw_box<double>(box(Type::kFloat64, 2, -1e30, 1e30), 2) ==
        (std::vector<double>{2.501909332093339e+29, 7.94427601939151e+29, 5.513713804903871e+29,
                             -5.495856200188163e+29}));
  CHECK(draw_box<std::uint8_t>(box(Type::kUInt8, 5, 0, 255), 2) ==
        (std::vector<std::uint8_t>{160, 229, 198, 57, 76, 223, 1, 210, 204, 119}));
  CHECK(draw_box<std::int32_t>(box(Type::kInt32, 4, -7, 7), 2) ==
        (std::vector<std::int32_t>{2, 6, 4, -4, -3, 6, -7, 5}));
  constexpr Bool kF = Bool::kFalse, kT = Bool::kTrue;
  CHECK(draw_box<Bool>(box(Type::kBool, 6, 0, 1), 2) ==
        (std::vector<Bool>{kT, kT, kT, kF, kF, kT, kF, kT, kT, kF, kF, kF}));
}

template <class T>
Obstacle obstacle_of(Type type, T low, T high) {
  Box one = box(type, 1, 0, 0);
  one.low = bytes_of(std::vector<T>{low});
  one.high = bytes_of(std::vector<T>{high});
  return obstacle(one.view(), Distributions{});
}

PLYO_TEST(spaces_boxes_that_a_float64_does_not_cover_are_not_drawn_from) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  constexpr std::int64_t kExact = std::int64_t{1} << 53, kEven = std::int64_t{1} << 40;
  const auto signed_obstacle = [](std::int64_t low, std::int64_t high) {
    return obstacle_of<std::int64_t>(Type::kInt64, low, high);
  };
  const auto unsigned_obstacle = [](std::uint64_t low, std::uint64_t high) {
    return obstacle_of<std::uint64_t>(Type::kUInt64, low, high);
  };
  CHECK(signed_obstacle(0, kExact - 1) == Obstacle::kNone);
  CHECK(signed_obstacle(-kExact / 2, kExact / 2 - 1) == Obstacle::kNone);
  CHECK(signed_obstacle(-kEven, -kEven) == Obstacle::kNone);
  CHECK(signed_obstacle(kEven * 2 - 1, kEven * 2) == Obstacle::kNone);
  for (const auto& [low, high] : {std::pair{kMin, kMax},
                                  {kMin, kMin},
                                  {kMax, kMax},
                                  {kMin, 0},
                                  {0, kMax},
                                  {-1, kExact - 1},
                                  {kExact, kExact + kExact - 2},
                                  {kEven * 2, kEven * 2}}) {
    CHECK(signed_obstacle(low, high) == Obstacle::kRange);
  }
  CHECK(unsigned_obstacle(0, kExact - 1) == Obstacle::kNone);
  CHECK(unsigned_obstacle(kMost - 2, kMost) == Obstacle::kRange);
  CHECK(unsigned_obstacle(0, kMost) == Obstacle::kRange);
  const auto counts_obstacle = [](std::uint64_t count) {
    const MultiDiscrete multi{Type::kUInt64, bytes_of(std::vector<std::uint64_t>{0}),
                              bytes_of(std::vector<std::uint64_t>{count})};
    return obstacle(multi.view());
  };
  CHECK(counts_obstacle(kExact) == Obstacle::kNone);
  CHECK(counts_obstacle(kExact + 1) == Obstacle::kRange);
}

PLYO_TEST(spaces_multi_discrete_and_multi_binary_draws_are_gymnasiums) {
  Seeded seeded;
  const MultiDiscrete multi{Type::kInt64, bytes_of(std::vector<std::int64_t>{-1, 0, 7}),
                            bytes_of(std::vector<std::int64_t>{5, 2, 200})};
  std::vector<std::int64_t> drawn(3);
  sample(multi.view(), seeded.bits, drawn.data());
  CHECK(drawn == (std::vector<std::int64_t>{2, 1, 162}));
  CHECK(contains(multi.view(), drawn.data()));
  sample(multi.view(), seeded.bits, drawn.data());
  CHECK(drawn == (std::vector<std::int64_t>{0, 0, 181}));
  drawn[1] = 2;
  CHECK(!contains(multi.view(), drawn.data()));

  Seeded again;
  std::vector<std::int8_t> bits(9);
  sample_bits(9, again.bits, bits.data());
  CHECK(bits == (std::vector<std::int8_t>{1, 0, 1, 1, 1, 0, 0, 1, 1}));
  sample_bits(9, again.bits, bits.data());  // the rest of a word is gone
  CHECK(bits == (std::vector<std::int8_t>{1, 1, 1, 1, 0, 1, 0, 1, 0}));
  CHECK(contains_bits(Type::kInt8, 9, bits.data()));
  bits[3] = 2;
  CHECK(!contains_bits(Type::kInt8, 9, bits.data()));
}

PLYO_TEST(spaces_text_draws_are_gymnasiums) {
  const std::string alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  Seeded seeded;
  const TextView text{1, 8, alphanumeric.size()};
  CHECK_EQ(draw_text(text, alphanumeric, seeded.bits), "tmDIs0on");
  CHECK_EQ(draw_text(text, alphanumeric, seeded.bits), "TIHFRV");
  CHECK_EQ(draw_text(text, alphanumeric, seeded.bits), "znczD");
  Seeded again;
  CHECK_EQ(draw_text({3, 3, 2}, "ba", again.bits), "aaa");
  CHECK_EQ(draw_text({3, 3, 2}, "ba", again.bits), "bba");

  const std::array<std::uint32_t, 3> characters{'a', 'b', 0x1F600};
  const std::array<std::uint32_t, 2> inside{0x1F600, 'a'}, outside{'b', 'c'};
  CHECK(contains_text(characters, inside));
  CHECK(!contains_text(characters, outside));
  CHECK(contains_text(characters, {}));
}

PLYO_TEST(spaces_unbounded_boxes_draw_normals_then_exponentials_then_uniforms) {
  Box mixed = box(Type::kFloat64, 4, 1, 2);
  mixed.bounded_below = {Bool::kTrue, Bool::kTrue, Bool::kFalse, Bool::kFalse};
  mixed.bounded_above = {Bool::kTrue, Bool::kFalse, Bool::kTrue, Bool::kFalse};
  Seeded seeded, counted;
  // distributions that give the next double away, so that the order of the draws shows
  const auto next = [](BitSource* bits) { return bits->next_double(); };
  const Stream stream{.bits = &seeded.bits,
                      .distributions = {.standard_normal = next, .standard_exponential = next}};
  std::array<double, 4> drawn{}, doubles{};
  CHECK(obstacle(mixed.view(), stream.distributions) == Obstacle::kNone);
  sample(mixed.view(), stream, drawn.data());
  for (double& value : doubles) value = counted.bits.next_double();
  CHECK_EQ(drawn[3], doubles[0]);
  CHECK_EQ(drawn[1], 1 + doubles[1]);
  CHECK_EQ(drawn[2], 2 - doubles[2]);
  CHECK_EQ(drawn[0], 1 + doubles[3]);
}

PLYO_TEST(spaces_say_what_is_in_the_way_of_drawing) {
  const Distributions none;
  CHECK(obstacle(box(Type::kFloat32, 2, -kInf, kInf).view(), none) == Obstacle::kDistributions);
  CHECK(obstacle(box(Type::kFloat64, 2, -1.7e308, 1.7e308).view(), none) == Obstacle::kRange);
  CHECK(obstacle(box(Type::kFloat32, 2, 2, 1).view(), none) == Obstacle::kRange);
  CHECK(obstacle(box(Type::kFloat32, 1, std::numeric_limits<double>::quiet_NaN(), 1).view(), none) ==
        Obstacle::kRange);
  CHECK(obstacle(Discrete{Type::kInt8, 0, 0}) == Obstacle::kRange);
  CHECK(obstacle(Discrete{Type::kInt8, 100, 100}) == Obstacle::kRange);
  CHECK(obstacle(Discrete{Type::kInt8, 100, 28}) == Obstacle::kNone);
  CHECK(obstacle(Discrete{Type::kUInt64, 5, 10}) == Obstacle::kNone);

  const Layout unbounded({box(Type::kFloat32, 1, 0, 1), box(Type::kFloat32, 1, 0, kInf)});
  std::string text;
  try {
    unbounded.check_can_sample(none);
  } catch (const std::invalid_argument& error) {
    text = error.what();
  }
  CHECK(text.find("leaf 1 of 2 is not bounded on both sides") == 0);
  CHECK_THROWS(Layout({Discrete{Type::kInt64, 0, 0}}).check_can_sample(none), std::invalid_argument);
}

PLYO_TEST(spaces_discrete_contains_its_integers_in_every_type) {
  const Discrete small{Type::kInt8, -2, 5};
  for (std::int64_t x = -2; x < 3; ++x) CHECK(contains(small, x));
  for (const std::int64_t x : {-3, 3, 254, 256 - 2}) CHECK(!contains(small, x));
  CHECK(!contains(Discrete{Type::kUInt64, 0, 5}, -1));
  CHECK(!contains(Discrete{Type::kUInt8, 250, 5}, 250 - 256));
  CHECK(contains(Discrete{Type::kInt64, std::numeric_limits<std::int64_t>::min(), 3},
                 std::numeric_limits<std::int64_t>::min() + 2));
}

PLYO_TEST(spaces_boxes_contain_their_bounds_and_no_nan) {
  const Box unit = box(Type::kFloat32, 2, -1, 1);
  const std::array<float, 2> ends{-1, 1}, outside{0, 1.0000001F},
      nan{0, std::numeric_limits<float>::quiet_NaN()};
  CHECK(contains(unit.view(), ends.data()));
  CHECK(!contains(unit.view(), outside.data()));
  CHECK(!contains(unit.view(), nan.data()));
}

PLYO_TEST(spaces_types_promote_as_numpys_do) {
  CHECK(promote(Type::kInt8, Type::kUInt8) == Type::kInt16);
  CHECK(promote(Type::kUInt32, Type::kInt8) == Type::kInt64);
  CHECK(promote(Type::kInt64, Type::kUInt64) == Type::kFloat64);
  CHECK(promote(Type::kFloat32, Type::kInt16) == Type::kFloat32);
  CHECK(promote(Type::kFloat32, Type::kInt32) == Type::kFloat64);
  CHECK(promote(Type::kBool, Type::kFloat32) == Type::kFloat32);
  CHECK(casts_safely(Type::kUInt8, Type::kInt16));
  CHECK(!casts_safely(Type::kInt16, Type::kUInt32));
  CHECK(!casts_safely(Type::kInt64, Type::kInt32));
}

PLYO_TEST(spaces_layouts_batch_flatten_and_give_back_what_went_in) {
  const Layout layout({box(Type::kFloat32, 2, -1, 1), Discrete{Type::kInt16, 3, 4},
                       MultiDiscrete{Type::kInt8, bytes_of(std::vector<std::int8_t>{0, -1}),
                                     bytes_of(std::vector<std::int8_t>{2, 3})},
                       MultiBinary{3}});
  CHECK(layout.flat_type() == Type::kFloat32);
  CHECK_EQ(layout.flat_size(), std::size_t{2 + 4 + 5 + 3});
  CHECK_EQ(layout.flat_offset(3), std::size_t{11});

  struct Element {
    std::array<float, 2> box{};
    std::int16_t discrete = 0;
    std::array<std::int8_t, 2> multi{};
    std::array<std::int8_t, 3> bits{};
    std::array<void*, 4> buffers() { return {box.data(), &discrete, multi.data(), bits.data()}; }
    std::array<const void*, 4> views() const { return {box.data(), &discrete, multi.data(), bits.data()}; }
    bool operator==(const Element&) const = default;
  };
  Seeded seeded;
  const std::vector<Stream> streams(4, Stream{.bits = &seeded.bits});
  layout.check_can_sample({});

  constexpr std::size_t kCount = 5;
  std::array<float, 2 * kCount> boxes{};
  std::array<std::int16_t, kCount> discretes{};
  std::array<std::int8_t, 2 * kCount> multis{};
  std::array<std::int8_t, 3 * kCount> binaries{};
  const std::array<void*, 4> batch{boxes.data(), discretes.data(), multis.data(), binaries.data()};
  const std::array<const void*, 4> batch_view{boxes.data(), discretes.data(), multis.data(), binaries.data()};
  std::vector<Element> elements(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    layout.sample(streams, elements[i].buffers());
    CHECK(layout.contains(elements[i].views()));
    layout.put(elements[i].views(), i, batch);
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    Element back, unflattened;
    layout.get(batch_view, i, back.buffers());
    CHECK(back == elements[i]);
    std::vector<float> flat(layout.flat_size());
    layout.flatten(elements[i].views(), flat.data());
    CHECK_EQ(flat[2 + static_cast<std::size_t>(elements[i].discrete) - 3], 1.0F);
    CHECK(layout.unflatten(flat.data(), unflattened.buffers()));
    CHECK(unflattened == elements[i]);
    for (std::size_t j = 2; j < 6; ++j) flat[j] = 0;
    CHECK(!layout.unflatten(flat.data(), unflattened.buffers()));
  }
  elements[0].discrete = 7;
  CHECK(!layout.contains(elements[0].views()));
}
