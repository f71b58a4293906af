// Descriptions of observation and action spaces, as constants of an environment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "text.hpp"

namespace plyo {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class SpaceKind : std::uint8_t { kBox, kDiscrete };

// The element type of an array that crosses the engine's boundary.
enum class DType : std::uint8_t { kFloat32, kFloat64, kUint8, kInt8, kInt32, kInt64 };

constexpr std::size_t size_of(DType dtype) {
  constexpr std::size_t kSizes[] = {4, 8, 1, 1, 4, 8};
  return kSizes[static_cast<std::size_t>(dtype)];
}

// Its name in NumPy.
constexpr Text name_of(DType dtype) {
  constexpr Text kNames[] = {"float32", "float64", "uint8", "int8", "int32", "int64"};
  return kNames[static_cast<std::size_t>(dtype)];
}

constexpr bool is_real(DType dtype) { return dtype == DType::kFloat32 || dtype == DType::kFloat64; }

namespace detail {

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) {
    return DType::kFloat32;
  } else if constexpr (std::is_same_v<T, double>) {
    return DType::kFloat64;
  } else if constexpr (std::is_same_v<T, std::uint8_t>) {
    return DType::kUint8;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return DType::kInt8;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return DType::kInt32;
  } else {
    static_assert(
        std::is_same_v<T, std::int64_t>,
        "an array that crosses the engine's boundary is of float, double, std::uint8_t, std::int8_t, "
        "std::int32_t or std::int64_t");
    return DType::kInt64;
  }
}

}  // namespace detail

// The most arrays of an observation or an action.
inline constexpr std::size_t kMaxLeaves = 8;

// The shape of one array of a lane: no dimension for a single value, up to three.
struct LeafShape {
  std::size_t rank = 0;
  std::size_t sizes[3]{};

  constexpr std::size_t count() const {
    std::size_t product = 1;
    for (std::size_t i = 0; i < rank; ++i) product *= sizes[i];
    return product;
  }
  constexpr bool operator==(const LeafShape&) const = default;
};

namespace detail {

// The shape of a C++ array type; none for a single value.
template <class T>
constexpr LeafShape shape_of() {
  static_assert(std::rank_v<T> <= 3,
                "an array that crosses the engine's boundary has at most three dimensions");
  return {std::rank_v<T>, {std::extent_v<T, 0>, std::extent_v<T, 1>, std::extent_v<T, 2>}};
}

}  // namespace detail

// One number of an observation or action, or one choice of a discrete action.
struct Element {
  Text name;
  Text unit{};
  double low = -kInfinity;
  double high = kInfinity;
};

// One array of a space: a Box, or a Discrete, which is one integer.
struct LeafInfo {
  SpaceKind kind{};
  DType dtype{};
  Text name{};
  std::size_t size = 0;    // values of a Box, choices of a Discrete
  std::int64_t start = 0;  // the first choice of a Discrete
  LeafShape shape{};       // of a Box
  // the place in SpaceInfo::elements of the descriptions: one for each value or choice, one for all, or none
  std::size_t first_element = 0, num_elements = 0;
  // of a Box with more values than SpaceInfo has descriptions: the low and high bound of each, one after the
  // other, in memory that outlives the space; the values have no names then
  const double* bounds = nullptr;

  constexpr std::size_t values_per_lane() const { return kind == SpaceKind::kBox ? size : 1; }
  constexpr std::size_t bytes_per_lane() const { return values_per_lane() * size_of(dtype); }
};

// What the leaves of a space are in Python: the only one of them, the parts of a Tuple, or the values of a
// Dict under their names.
enum class SpaceForm : std::uint8_t { kLeaf, kTuple, kDict };

// A Box or a Discrete, or a Tuple or a Dict of them, with named, bounded elements and named choices.
struct SpaceInfo {
  static constexpr std::size_t kMaxElements = 64;

  SpaceForm form = SpaceForm::kLeaf;
  // The leaves of a Dict in the order of their names, in which Python's Dict keeps its keys: leaf
  // `by_name[0]` comes first. The leaves themselves are in the order of the task's struct.
  std::uint8_t by_name[kMaxLeaves]{};
  std::size_t num_leaves = 0;
  LeafInfo leaves[kMaxLeaves]{};
  Element elements[kMaxElements]{};

  constexpr bool has_parts() const { return form != SpaceForm::kLeaf; }
  constexpr bool is_dict() const { return form == SpaceForm::kDict; }

  // The place of a leaf among the parts, as Python counts them.
  constexpr std::size_t place_of(std::size_t leaf) const {
    std::size_t place = leaf;
    for (std::size_t i = 0; is_dict() && i < num_leaves; ++i) {
      if (by_name[i] == leaf) place = i;
    }
    return place;
  }

  // The only leaf of a space without parts.
  constexpr const LeafInfo& leaf() const { return leaves[0]; }

  // The description of value i of a Box or choice i of a Discrete.
  constexpr Element element(const LeafInfo& leaf, std::size_t i) const {
    if (leaf.bounds != nullptr)
      return {.name = {}, .low = leaf.bounds[2 * i], .high = leaf.bounds[2 * i + 1]};
    if (leaf.num_elements == 0) return {};
    return elements[leaf.first_element + (leaf.num_elements == 1 ? 0 : i)];
  }
  constexpr Element element(std::size_t i) const { return element(leaves[0], i); }
};

namespace detail {

constexpr SpaceInfo one_leaf(const LeafInfo& leaf) {
  SpaceInfo space{.num_leaves = 1};
  space.leaves[0] = leaf;
  return space;
}

}  // namespace detail

// A Box of one dimension: `box({{"cart position", "m", -4.8, 4.8}, {"cart velocity", "m/s"}})`, of float32
// unless another type is named: `box<double>({...})`.
template <class T = float, std::size_t kSize>
constexpr SpaceInfo box(const Element (&elements)[kSize]) {
  static_assert(kSize <= SpaceInfo::kMaxElements, "a Box has at most SpaceInfo::kMaxElements elements");
  SpaceInfo space = detail::one_leaf({.kind = SpaceKind::kBox,
                                      .dtype = detail::dtype_of<T>(),
                                      .size = kSize,
                                      .shape = {1, {kSize}},
                                      .num_elements = kSize});
  for (std::size_t i = 0; i < kSize; ++i) space.elements[i] = elements[i];
  return space;
}

// A Box whose values are all alike, of the type and shape of a C++ array:
// `box<std::uint8_t[40][32][3]>({"picture", "", 0, 255})`.
template <class Array>
  requires std::is_array_v<Array>
constexpr SpaceInfo box(const Element& element) {
  constexpr LeafShape kShape = detail::shape_of<Array>();
  SpaceInfo space = detail::one_leaf({.kind = SpaceKind::kBox,
                                      .dtype = detail::dtype_of<std::remove_all_extents_t<Array>>(),
                                      .size = kShape.count(),
                                      .shape = kShape,
                                      .num_elements = 1});
  space.elements[0] = element;
  return space;
}

// The same where the type and shape are known at run time only, as those of a simulated model:
// `box(DType::kFloat64, {1, {17}}, {"joint positions and velocities"})`.
constexpr SpaceInfo box(DType dtype, const LeafShape& shape, const Element& element = {}) {
  SpaceInfo space = detail::one_leaf(
      {.kind = SpaceKind::kBox, .dtype = dtype, .size = shape.count(), .shape = shape, .num_elements = 1});
  space.elements[0] = element;
  return space;
}

// An int64 Discrete of one choice a name: `discrete({"push left", "push right"})`.
template <std::size_t kSize>
constexpr SpaceInfo discrete(const Text (&choices)[kSize]) {
  static_assert(kSize <= SpaceInfo::kMaxElements, "a Discrete has at most SpaceInfo::kMaxElements choices");
  SpaceInfo space = detail::one_leaf(
      {.kind = SpaceKind::kDiscrete, .dtype = DType::kInt64, .size = kSize, .num_elements = kSize});
  for (std::size_t i = 0; i < kSize; ++i) space.elements[i] = {.name = choices[i]};
  return space;
}

// An int64 Discrete of choices without names, `start` to `start + size - 1`.
constexpr SpaceInfo discrete(std::size_t size, std::int64_t start = 0) {
  return detail::one_leaf(
      {.kind = SpaceKind::kDiscrete, .dtype = DType::kInt64, .size = size, .start = start});
}

// A space with a name, to be part of a Tuple or a Dict: `named("dealer's card", discrete(11))`.
constexpr SpaceInfo named(Text name, SpaceInfo space) {
  space.leaves[0].name = name;
  return space;
}

namespace detail {

template <class... Spaces>
constexpr SpaceInfo with_parts(SpaceForm form, const Spaces&... spaces) {
  static_assert(sizeof...(Spaces) <= kMaxLeaves, "a Tuple or a Dict has at most kMaxLeaves parts");
  SpaceInfo all{.form = form};
  std::size_t used = 0;
  const auto append = [&](const SpaceInfo& space) {
    LeafInfo leaf = space.leaf();
    for (std::size_t i = 0; i < leaf.num_elements; ++i) all.elements[used + i] = space.elements[i];
    leaf.first_element = used;
    used += leaf.num_elements;
    all.leaves[all.num_leaves++] = leaf;
  };
  (append(spaces), ...);
  return all;
}

// Whether the parts of a Dict have names, all of them different. Other spaces need none.
constexpr bool has_keys(const SpaceInfo& space) {
  if (!space.is_dict()) return true;
  for (std::size_t i = 0; i < space.num_leaves; ++i) {
    if (space.leaves[i].name.empty()) return false;
    for (std::size_t k = 0; k < i; ++k) {
      if (space.leaves[i].name == space.leaves[k].name) return false;
    }
  }
  return true;
}

}  // namespace detail

// A Tuple of Boxes and Discretes.
template <class... Spaces>
constexpr SpaceInfo tuple(const Spaces&... spaces) {
  return detail::with_parts(SpaceForm::kTuple, spaces...);
}

// A Dict of Boxes and Discretes, whose keys are their names:
// `dict(named("observation", box<double>({...})), named("desired_goal", box<double>({...})))`. A single
// environment returns the keys in this order; the space and batches have them in the order of the alphabet,
// as in Gymnasium.
template <class... Spaces>
constexpr SpaceInfo dict(const Spaces&... spaces) {
  SpaceInfo all = detail::with_parts(SpaceForm::kDict, spaces...);
  for (std::size_t i = 0; i < all.num_leaves; ++i) {
    std::size_t place = i;
    for (; place > 0 && all.leaves[i].name < all.leaves[all.by_name[place - 1]].name; --place) {
      all.by_name[place] = all.by_name[place - 1];
    }
    all.by_name[place] = static_cast<std::uint8_t>(i);
  }
  return all;
}

}  // namespace plyo
