export {
  type AnswerChecker,
  type CheckedAnswer,
  createAnswerChecker,
} from './openapi/answer-checker.js';
export { type OpenApi } from './openapi/document.js';
