/** The dialogue behind `ask`. */
import { Modal } from "antd";
import { useState } from "react";
import { closeQuestion, message, type Question, textOf } from "./feedback";

export function QuestionBox({ question }: { question: Question }) {
  const [busy, setBusy] = useState(false);
  const ok = async () => {
    setBusy(true);
    try {
      await question.onOk?.();
    } catch (error) {
      message.error(textOf(error));
    }
    setBusy(false);
    closeQuestion();
  };
  return (
    <Modal
      open
      title={question.title}
      width={question.width ?? 440}
      okText={question.okText}
      cancelText={question.cancelText}
      okButtonProps={{ danger: question.danger, loading: busy }}
      cancelButtonProps={question.info ? { style: { display: "none" } } : undefined}
      onOk={() => void ok()}
      onCancel={() => {
        question.onCancel?.();
        closeQuestion();
      }}
    >
      {question.content}
    </Modal>
  );
}
