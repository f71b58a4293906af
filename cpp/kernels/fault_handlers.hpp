// What a module calls when it does something undefined, if it is compiled with -fsanitize=undefined: functions of
// the names and arguments that the compilers of GCC and LLVM expect. They tell the host, which throws, in place of
// a library that would end the process.
#pragma once

#include <cstdint>

namespace plyo::detail {

// The beginning of the data of every fault.
struct FaultPlace {
  const char* file;
  std::uint32_t line, column;
};

void report_fault(const void* place, const char* what, std::int64_t index = -1);

}  // namespace plyo::detail

#define PLYO_FAULT __attribute__((used, visibility("hidden"), noinline))

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming): the compiler
// chooses these names
extern "C" {
PLYO_FAULT inline void __ubsan_handle_type_mismatch_v1(void* data, void*) {
  plyo::detail::report_fault(data, "a null or misaligned pointer, or one of another type, is used");
}
PLYO_FAULT inline void __ubsan_handle_alignment_assumption(void* data, void*, void*, void*) {
  plyo::detail::report_fault(data, "a misaligned pointer is used");
}
PLYO_FAULT inline void __ubsan_handle_add_overflow(void* data, void*, void*) {
  plyo::detail::report_fault(data, "the sum of two integers is out of range");
}
PLYO_FAULT inline void __ubsan_handle_sub_overflow(void* data, void*, void*) {
  plyo::detail::report_fault(data, "the difference of two integers is out of range");
}
PLYO_FAULT inline void __ubsan_handle_mul_overflow(void* data, void*, void*) {
  plyo::detail::report_fault(data, "the product of two integers is out of range");
}
PLYO_FAULT inline void __ubsan_handle_negate_overflow(void* data, void*) {
  plyo::detail::report_fault(data, "the negative of an integer is out of range");
}
PLYO_FAULT inline void __ubsan_handle_divrem_overflow(void* data, void*, void*) {
  plyo::detail::report_fault(data, "an integer is divided by zero");
}
PLYO_FAULT inline void __ubsan_handle_shift_out_of_bounds(void* data, void*, void*) {
  plyo::detail::report_fault(data, "a shift by more bits than there are, or by fewer than none");
}
PLYO_FAULT inline void __ubsan_handle_out_of_bounds(void* data, void* index) {
  plyo::detail::report_fault(data, "an index is outside its array",
                             static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(index)));
}
PLYO_FAULT inline void __ubsan_handle_builtin_unreachable(void* data) {
  plyo::detail::report_fault(data, "a place is reached that is declared unreachable");
}
PLYO_FAULT inline void __ubsan_handle_missing_return(void* data) {
  plyo::detail::report_fault(data, "a function ends without its return value");
}
PLYO_FAULT inline void __ubsan_handle_vla_bound_not_positive(void* data, void*) {
  plyo::detail::report_fault(data, "the size of an array is not positive");
}
PLYO_FAULT inline void __ubsan_handle_float_cast_overflow(void* data, void*) {
  plyo::detail::report_fault(data,
                             "a number is out of the range of the integer type that it is converted to");
}
PLYO_FAULT inline void __ubsan_handle_load_invalid_value(void* data, void*) {
  plyo::detail::report_fault(data, "a bool or enumeration has a value that it cannot have");
}
PLYO_FAULT inline void __ubsan_handle_invalid_builtin(void* data) {
  plyo::detail::report_fault(data, "a function of the compiler gets a value that it does not take");
}
PLYO_FAULT inline void __ubsan_handle_nonnull_arg(void* data) {
  plyo::detail::report_fault(data, "an argument is null that must not be");
}
PLYO_FAULT inline void __ubsan_handle_nonnull_return_v1(void*, void* data) {
  plyo::detail::report_fault(data, "a result is null that must not be");
}
PLYO_FAULT inline void __ubsan_handle_pointer_overflow(void* data, void*, void*) {
  plyo::detail::report_fault(data, "a pointer leaves the memory that there is");
}
PLYO_FAULT inline void __ubsan_handle_function_type_mismatch(void* data, void*) {
  plyo::detail::report_fault(data, "a function is called through a pointer of another type");
}
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)
